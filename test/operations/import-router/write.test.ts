import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeSettings } from "../../../operations/import-router/write.ts";
import { folderWith } from "../../config/fixtures.ts";

const BEFORE = `# The lab.
config:
  homelab:domain: lab.home.arpa
  homelab:network:
    value:
      # Who may ssh.
      operators: [laptop, phone]
      vlans:
        lan: { id: 1, kind: home } # flat
        gone: { id: 2, kind: iot }
`;

it("writes what changes, and leaves what stays with its place, its comments and its spelling", () => {
  const file = join(folderWith({ "Pulumi.yaml": BEFORE }), "Pulumi.yaml");
  const vlans = { lan: { id: 1, kind: "users" } };
  writeSettings(file, {
    "homelab:network": { operators: ["laptop", "phone"], vlans, leases: { printer: { mac: "02:00:5e:10:00:31" } } },
    "homelab:routers": { apollo: { own: { sections: { "network.lan": { options: { mtu: "1400", list: ["it's", "a: b"] } } } } } },
  });
  expect(readFileSync(file, "utf8")).toBe(`# The lab.
config:
  homelab:domain: lab.home.arpa
  homelab:network:
    value:
      # Who may ssh.
      operators: [laptop, phone]
      vlans:
        lan: { id: 1, kind: users } # flat
      leases:
        printer:
          mac: 02:00:5e:10:00:31
  homelab:routers:
    value:
      apollo:
        own:
          sections:
            network.lan:
              options:
                mtu: "1400"
                list:
                  - it's
                  - "a: b"
`);
});

it("writes nothing where nothing changes", () => {
  const file = join(folderWith({ "Pulumi.yaml": "" }), "Pulumi.yaml");
  writeFileSync(file, BEFORE);
  const vlans = { lan: { id: 1, kind: "home" }, gone: { id: 2, kind: "iot" } };
  writeSettings(file, { "homelab:network": { operators: ["laptop", "phone"], vlans } });
  expect(readFileSync(file, "utf8")).toBe(BEFORE);
});

it("writes texts so that Pulumi reads them as texts, and leaves alone what a person wrote", () => {
  const before = "config:\n  homelab:network:\n    value:\n      mine: 2026-12-24\n";
  const file = join(folderWith({ "Pulumi.yaml": before }), "Pulumi.yaml");
  const options = { start_date: "2026-12-24", limit: ["1_000", "0b11"], enabled: "on" };
  writeSettings(file, { "homelab:network": { mine: "2026-12-24" }, "homelab:routers": { options } });
  expect(readFileSync(file, "utf8")).toBe(`${before}  homelab:routers:
    value:
      options:
        start_date: "2026-12-24"
        limit:
          - "1_000"
          - "0b11"
        enabled: "on"
`);
});
