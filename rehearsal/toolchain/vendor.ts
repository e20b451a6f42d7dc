/** Whether the makers of Pulumi can be reached from here: asked once per run, so that nothing else has to wait for it. */

let answer: Promise<boolean> | undefined;

/** True if the site that Pulumi's own installer downloads from answers within three seconds. */
export function vendorAnswers(): Promise<boolean> {
  answer ??= fetch("https://get.pulumi.com/install.sh", { method: "HEAD", signal: AbortSignal.timeout(3000) }).then(
    (response) => response.ok,
    () => false,
  );
  return answer;
}
