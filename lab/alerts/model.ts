/** `homelab:alerts`, parsed: who is told of alerts, by name. Nobody, where it is left out. */
export type AlertsConfig = Readonly<Record<string, Receiver>>;

/** How somebody is told: one of Alertmanager's own ways. What is secret about it: `secrets.ts`. */
export interface Receiver {
  readonly email?: Email | undefined;
  /** Its app, by an application of one's own. */
  readonly pushover?: object | undefined;
  /** A bot writes into a chat. */
  readonly telegram?: { readonly chat: number } | undefined;
  /** Alertmanager's JSON, sent to a URL: what ntfy and many others take. The URL is secret, since whoever knows it may write there. */
  readonly webhook?: object | undefined;
}

/** A mail, sent by the relay of a provider or of one's own. */
export interface Email {
  readonly to: string;
  readonly from: string;
  /** `smtp.example.org:587`. */
  readonly server: string;
  /** Left out where the server asks nobody who they are. */
  readonly user?: string | undefined;
}
