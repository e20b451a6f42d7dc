import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

const here = (path: string) => new URL(path, import.meta.url).pathname;

it("the program that writes a directory of a host: its own unit tests", () => {
  const env = {
    ...process.env,
    WRITER: here("../../../providers/files/host"),
    READER: here("../../../providers/workload/host/read.py"),
  };
  try {
    execFileSync("python3", ["-B", here("test_write.py")], { env, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    expect.fail((error as { stderr: string }).stderr);
  }
});
