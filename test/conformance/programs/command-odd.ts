// Large input and output, and output that is no text.
import * as command from "@pulumi/command";

new command.local.Command("stdin", { create: "wc -c", stdin: "x".repeat(1_000_000), logging: "none" });
new command.local.Command("out", { create: "head -c 300000 /dev/zero | tr '\\0' x", logging: "none" });
new command.local.Command("nul", { create: "printf 'a\\000b\\377c  \\n\\n'", logging: "none" });
