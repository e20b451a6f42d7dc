import { expect, it } from "vitest";
import { sayMustFollow } from "../../components/certificate-authority.ts";

it("a hook does not wait for its message, which waits for those of resources that wait for it", () => {
  expect(sayMustFollow("starbuck")).toBeUndefined();
});
