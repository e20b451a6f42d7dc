/** What a program says that a person should read: it works, and something is not right. */

/** Complaints that are right as they are, each with its reason. */
const accepted: readonly { readonly text: RegExp; readonly reason: string }[] = [
  {
    text: /^\d+: Warning: File \/config\/current\/acl owner is not mosquitto\. Future versions will refuse/,
    reason: "the broker may read who may do what, and not change it; 2.0 and 2.1 only warn",
  },
  { text: /build_context=".*tags=unknown/, reason: "how Debian built Prometheus and Alertmanager" },
  { text: /disabling udev device properties.*path=\/run\/udev\/data$/, reason: "a simulated Pi has no udev, a real one has" },
  { text: /level=warn .*"Received an OS signal, exiting gracefully\.\.\." signal=terminated$/, reason: "the test stops it" },
];

const alarming = /\b(warn|warning|deprecated|obsolete|error|fail(ed|s|ure)?|emerg|crit|unknown|invalid|ignoring|ignored)\b/i;

/** Lines of a program's output that warn, and that no entry of the list above explains. */
export function complaintsIn(output: string): readonly string[] {
  return output.split("\n").filter((line) => alarming.test(line) && !accepted.some(({ text }) => text.test(line)));
}
