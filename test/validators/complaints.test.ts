import { expect, test } from "vitest";
import { complaintsIn } from "./complaints.ts";

test("warnings are found among what else a program says", () => {
  const nginx = 'nginx: [warn] the "listen ... http2" directive is deprecated, use the "http2" directive instead in a.conf:3';
  const systemd = "/tmp/a.service:5: Unknown key 'Pull' in section [Container], ignoring.";
  const lines = [nginx, "nginx: configuration file /config/current/nginx.conf test is successful", systemd, ""];
  expect(complaintsIn(lines.join("\n"))).toEqual([nginx, systemd]);
});

test("what is explained passes, and nothing else of the same program", () => {
  const explained =
    "1795304572: Warning: File /config/current/acl owner is not mosquitto. Future versions will refuse to load this file.";
  const further = "1795304572: Warning: File /config/current/acl has world readable permissions.";
  expect(complaintsIn(`${explained}\n${further}`)).toEqual([further]);
});
