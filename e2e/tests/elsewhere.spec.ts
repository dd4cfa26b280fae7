// A webhook whose URL is led to another server: nothing secret goes along without being typed again.

import { look } from "../fixtures/look.ts";
import { Receiver } from "../fixtures/receiver.ts";
import { expect, test as base } from "../fixtures/test.ts";

const AUTHENTICATION = { type: "basic", username: "ana", password: "a-password-of-the-first" };
const [KEEP, AGAIN] = ["Leave empty to keep the one that is set.", "The URL leads to another server. Type the password again"];

const test = base.extend<{ other: Receiver }>({
  webhook: async ({ api, receiver }, use) =>
    use(
      await api.createWebhook({
        url: receiver.url(),
        secret: receiver.secret,
        authentication: AUTHENTICATION,
        headers: [
          { name: "X-Region", value: "eu" },
          { name: "X-Token", value: "a-token" },
        ],
      }),
    ),

  /** A receiver on another port: another server. */
  other: async ({}, use) => {
    const other = await Receiver.start();
    await use(other);
    await other.stop();
  },
});

test("what is kept must be typed again where the URL leads to another server", async ({ api, webhook, form, receiver, other, page }) => {
  const [password, headers] = [form.field("Password"), form.field("Custom headers")];
  const [passwordError, headersError] = ["#password-error", "#headers-error"].map((id) => form.dialog.locator(id));
  await form.openEdit(webhook.id);
  await expect(password).toHaveAccessibleDescription(KEEP);
  await form.url.fill(receiver.url("/moved?to=here"));
  await expect(password).toHaveAccessibleDescription(KEEP);
  await form.url.fill(other.url());
  await expect(password).toHaveAccessibleDescription(new RegExp(AGAIN));
  await form.submit.click();
  await expect(form.alert).toContainText("2 fields need your attention.");
  await expect(password).toBeFocused();
  await expect(passwordError!).toHaveText("The URL leads to another server: type the password again.");
  const again = "The URL leads to another server: type the value again, or remove the header.";
  await expect(headersError!).toHaveText(`X-Region: ${again}\nX-Token: ${again}`, { useInnerText: true });
  await expect(headers, "what is wrong is unfolded").toBeVisible();
  await expect(headers).toHaveAccessibleDescription(/Type the values again/);

  await form.url.fill(receiver.url("/moved"));
  await expect(form.alert).toBeEmpty();
  await form.url.fill(other.url("/moved"));
  await password.fill("a-password-of-the-other");
  await form.submit.click();
  await expect(form.alert).toContainText("One field needs your attention.");
  await expect(headers).toBeFocused();
  await headers.fill("X-Token: another-token");
  await expect(form.alert).toBeEmpty();
  await form.save();
  expect(await api.publish()).toBe(1);
  await other.reached(1);
  const authorization = `Basic ${Buffer.from("ana:a-password-of-the-other").toString("base64")}`;
  expect(other.last.headers).toMatchObject({ authorization, "x-token": "another-token" });
  expect(other.last.headers["x-region"]).toBeUndefined();
  await page.goto(`/webhooks/${webhook.id}/edit`);
  await expect(password, "where it leads now is where it is kept").toHaveAccessibleDescription(KEEP);
});

test("what is taken away need not be typed", async ({ webhook, form, other, api }) => {
  await form.openEdit(webhook.id);
  await form.url.fill(other.url());
  await form.authenticate("None");
  await form.openAdvanced();
  await form.field("Custom headers").fill("");
  await form.save();
  expect(await api.read(`/webhooks/${webhook.id}`)).toMatchObject({ url: other.url(), authentication: { type: "none" }, headers: [] });
});

test.describe("with an answer that is an error", () => {
  test.use({ expectedErrors: /the server responded with a status of 412/ });

  test("who reviews what somebody else has changed keeps what is there now", async ({ api, webhook, form, other }) => {
    const password = form.field("Password");
    await form.openEdit(webhook.id);
    await form.openAdvanced();
    await form.field("Description").fill("mine");
    await api.changeWebhook(webhook.id, { url: other.url(), authentication: AUTHENTICATION, headers: [] });
    await form.submit.click();
    await form.dialog.getByRole("button", { name: "Review changes" }).click();
    await expect(password, "the URL in the form is another than the server's").toHaveAccessibleDescription(new RegExp(AGAIN));
    const differences = form.dialog.getByRole("region", { name: "Review changes" });
    await differences.getByRole("button", { name: "Use the server's: Payload URL" }).click();
    await expect(password).toHaveAccessibleDescription(KEEP);
    await differences.getByRole("button", { name: "Use the server's: Custom headers" }).click();
    await form.save();
    expect(await api.read(`/webhooks/${webhook.id}`)).toMatchObject({ description: "mine", url: other.url() });
  });
});

for (const locale of ["en-US", "pt-BR"]) {
  test.describe(locale, () => {
    test.use({ locale });
    test.setTimeout(120_000);

    test("axe finds nothing while what is kept is asked for, and nothing sticks out", async ({ webhook, form, other, page }) => {
      await form.openEdit(webhook.id);
      await form.dialog.locator("#url").fill(other.url());
      await form.dialog.locator("footer .primary").click();
      await expect(form.dialog.locator("#headers-error")).toBeVisible();
      await look(page, `${locale} elsewhere`);
    });
  });
}
