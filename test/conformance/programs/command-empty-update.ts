// An update script that is empty, one that does nothing, and a create script edited beside an update script.
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const s = new pulumi.Config().require("s");
const edit = s === "2";
const { Command } = command.local;
new Command("empty", { create: "echo create >> ulog; echo out", update: "", delete: edit ? "true" : "echo d" });
new Command("noop", { create: "echo CREATE >> ulog; echo out", update: "true", delete: edit ? "true" : "echo d" });
new Command("edited", { create: edit ? "echo Create2 >> ulog" : "echo Create >> ulog", update: "echo Update >> ulog" });
new Command("local", { create: "echo create >> local.log", update: "", environment: { S: s } });
