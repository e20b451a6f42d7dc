import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stockNetwork } from "../../../rehearsal/simulation/router-files.ts";
import { repository } from "../../../rehearsal/toolchain/paths.ts";
import { FakeUci } from "../../providers/uci/fake-uci.ts";

/** A device as OpenWrt makes it at its first start. */
export function freshDevice(): FakeUci {
  const folder = join(repository, "rehearsal", "images", "openwrt", "rootfs", "etc", "config");
  const files = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);
  const packages = [...files, ["network", stockNetwork("192.168.1.1")] as const].map(
    ([name, text]) => [name, parse(text)] as const,
  );
  // What its software brings is installed before the change.
  return new FakeUci({ ...Object.fromEntries(packages), "prometheus-node-exporter-lua": [] });
}

function parse(text: string): ConstructorParameters<typeof FakeUci>[0][string] {
  return text.split(/^config /m).flatMap((section) => {
    const [head = "", ...lines] = section.split("\n");
    const [, type = "", name] = /^(\S+)(?: '(.*)')?$/.exec(head) ?? [];
    if (type === "") return [];
    const options: Record<string, string | string[]> = {};
    for (const [, kind, option = "", value = ""] of lines.flatMap((line) => [
      /^\t(option|list) (\w+) '(.*)'$/.exec(line) ?? [],
    ])) {
      if (kind === "option") options[option] = value;
      if (kind === "list") options[option] = [...(options[option] ?? []), value];
    }
    return [name === undefined ? { type, options } : { name, type, options }];
  });
}
