import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { alertSecretProblem } from "../../lab/alerts/secrets.ts";
import { checkLab } from "../../lab/check.ts";
import type { LabConfig } from "../../lab/model.ts";
import { overview } from "../../lab/overview.ts";
import { planHost, planLab } from "../../lab/plan.ts";
import { everyReceiver, firstLab, stackOf } from "./fixtures.ts";
import { config as home, plan as inVlans } from "./routers/example.ts";

const told: LabConfig = { ...firstLab, alerts: everyReceiver };
const given = ["family.password", "tablet.token", "tablet.user", "phone.token", "ntfy.url"].map((name) => `alerts.${name}`);

function alertmanagerOf(lab: LabConfig) {
  const found = planHost(planLab(lab), stackOf("starbuck")).workloads.find(({ placed }) => placed.name === "alertmanager");
  const text = found?.files.find(({ path }) => path === "alertmanager.yml")?.text ?? "";
  return { config: parse(text) as { receivers: unknown; route: object }, text, secretFiles: found?.secretFiles };
}

/** Places and messages of what is wrong, as a stack sees it. */
function problems(lab: LabConfig, host: string, secrets: readonly string[] = []): readonly string[] {
  return checkLab(lab, { ...stackOf(host), secrets }).map(({ file, path, message }) => `${file} ${path} ${message}`);
}

describe("alertmanager.yml", () => {
  it("tells nobody where nobody is named, and says so", () => {
    const { config, text, secretFiles } = alertmanagerOf(firstLab);
    expect(config.receivers).toEqual([{ name: "page" }]);
    expect(config.route).toMatchObject({ receiver: "page" });
    expect(text).toContain("Nobody is told");
    expect(secretFiles).toEqual([]);
    expect(overview(planLab(firstLab), [])).toContain("Told of alerts: NOBODY");
  });

  it("tells everybody by their way, that it is over too, and has what is secret in files", () => {
    const { config, text } = alertmanagerOf(told);
    const file = (name: string) => `/config/current/receivers/${name}`;
    const mail = { send_resolved: true, to: "us@example.org", from: "lab@example.org" };
    const login = { auth_username: "lab", auth_password_file: file("family.password") };
    expect(config.receivers).toEqual([
      {
        name: "people",
        email_configs: [
          { ...mail, smarthost: "smtp.example.org:587", ...login },
          { ...mail, smarthost: "mail.lab.home.arpa:25" },
        ],
        pushover_configs: [{ send_resolved: true, token_file: file("tablet.token"), user_key_file: file("tablet.user") }],
        telegram_configs: [{ send_resolved: true, chat_id: -1001234567890, bot_token_file: file("phone.token") }],
        webhook_configs: [{ send_resolved: true, url_file: file("ntfy.url") }],
      },
    ]);
    expect(config.route).toMatchObject({ receiver: "people" });
    expect(text).not.toContain("Nobody");
    expect(overview(planLab(told), [])).toContain("Told of alerts: family (email), ntfy (webhook), phone (telegram), ");
  });

  it("asks for a file of each secret that was given", () => {
    expect(alertmanagerOf(told).secretFiles).toEqual(
      given.map((secret) => ({ path: `receivers/${secret.slice("alerts.".length)}`, kind: "given", secret })),
    );
  });
});

describe("those who are told", () => {
  it("are fine with their secrets in the file of Alertmanager's host, and no others anywhere", () => {
    expect(problems(told, "starbuck", given)).toEqual([]);
    expect(problems(told, "adama")).toEqual([]);
  });

  it("lack a secret, or have one too many", () => {
    expect(problems(told, "starbuck", [...given.slice(1), "alerts.nobody.url"])).toEqual([
      "Pulumi.starbuck.yaml secret:alerts.family.password is missing: without it family is not told of alerts",
      "Pulumi.starbuck.yaml secret:alerts.nobody.url is of nobody in homelab:alerts whom starbuck tells",
    ]);
    expect(problems(told, "adama", ["alerts.ntfy.url"])).toEqual([
      "Pulumi.adama.yaml secret:alerts.ntfy.url is of nobody in homelab:alerts whom adama tells",
    ]);
  });

  it("are told by nobody where there is no Alertmanager", () => {
    const { alertmanager: _, ...placement } = told.placement;
    expect(problems({ ...told, placement }, "starbuck")).toEqual([
      "Pulumi.yaml homelab:alerts nobody is told: alertmanager is on no host",
    ]);
  });

  it("are not reached through a firewall that does not let Alertmanager out", () => {
    // Mail may get out, but to another machine.
    const mail = { reason: "another's mail", protocol: "tcp", port: 587, address: "203.0.113.9" } as const;
    const outwards = { ...home.network.outwards, mail };
    const lab = { ...inVlans.config, alerts: everyReceiver, home: { ...home, network: { ...home.network, outwards } } };
    const unreached = problems(lab, "starbuck", given).filter((line) => line.includes("homelab:alerts"));
    expect(unreached).toEqual([
      "Pulumi.yaml homelab:alerts.family is not reached: no outward rule lets servers out at port 587",
      "Pulumi.yaml homelab:alerts.relay is not reached: no outward rule lets servers out at port 25",
    ]);
  });
});

describe("a secret of theirs", () => {
  it.each([
    ["alerts.ntfy.url", "ntfy.sh/lab", "is no address"],
    ["alerts.phone.token", "", "is not one line"],
    ["alerts.phone.token", "one\ntwo", "is not one line"],
  ])("%s is not %j", (name, value, message) => expect(alertSecretProblem(name, value)).toContain(message));

  it("is taken as it is otherwise, and others are none of them", () => {
    expect(alertSecretProblem("alerts.ntfy.url", "https://ntfy.sh/lab?template=alertmanager")).toBeUndefined();
    expect(alertSecretProblem("wifi.home", "")).toBeUndefined();
  });
});
