import * as pulumi from "@pulumi/pulumi";
import { expect, it } from "vitest";
import { mustFollow } from "../../components/certificate-authority.ts";

it("a hook does not wait for its message, which waits for those of resources that wait for it", async () => {
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
  });
  const { callback } = mustFollow("starbuck");
  expect(callback({} as pulumi.ResourceHookArgs)).toBeUndefined();
});
