import { CONFIG } from "../paths.ts";
import type { AlertsConfig, Email } from "./model.ts";
import { receiverFile } from "./secrets.ts";

/** That it is over is news too; in a mail Alertmanager would leave it out. */
const BOTH = { send_resolved: true };

/** All ways by which people are told, as settings of Alertmanager's one receiver. It tries each by itself. */
export function receiverWays(alerts: AlertsConfig): Readonly<Record<string, readonly object[]>> {
  const all = Object.entries(alerts).map(([name, ways]) => ({ ...ways, file: (what: string) => fileOf(name, what) }));
  const ways = {
    email_configs: all.flatMap(({ email, file }) => (email ? [{ ...BOTH, ...mail(email, file("password")) }] : [])),
    pushover_configs: all.flatMap(({ pushover, file }) =>
      pushover ? [{ ...BOTH, token_file: file("token"), user_key_file: file("user") }] : [],
    ),
    telegram_configs: all.flatMap(({ telegram, file }) =>
      telegram ? [{ ...BOTH, chat_id: telegram.chat, bot_token_file: file("token") }] : [],
    ),
    webhook_configs: all.flatMap(({ webhook, file }) => (webhook ? [{ ...BOTH, url_file: file("url") }] : [])),
  };
  return Object.fromEntries(Object.entries(ways).filter(([, entries]) => entries.length > 0));
}

function fileOf(receiver: string, what: string): string {
  return `${CONFIG}/${receiverFile(receiver, what)}`;
}

function mail({ to, from, server, user }: Email, passwordFile: string): object {
  const login = user === undefined ? {} : { auth_username: user, auth_password_file: passwordFile };
  return { to, from, smarthost: server, ...login };
}
