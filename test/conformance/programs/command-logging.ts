// What each kind of logging shows.
import * as command from "@pulumi/command";

for (const logging of ["default", "none", "stdout", "stderr", "stdoutAndStderr"]) {
  const create = `echo out-${logging}; echo err-${logging} >&2`;
  new command.local.Command(logging, { create, ...(logging === "default" ? {} : { logging: logging as command.local.Logging }) });
}
