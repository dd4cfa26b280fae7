// The secret of a webhook: made for it, generated anew, and rotated.

import { expect, test } from "../fixtures/test.ts";

test("a new webhook has a secret from the start, which can be read and copied", async ({ api, form, receiver }) => {
  await form.openNew();
  await expect(form.secret).toHaveValue(/^whsec_.{32,}/);
  await expect(form.secret).toHaveAttribute("type", "text");
  await form.url.fill(receiver.url());
  const secret = await form.secret.inputValue();
  await form.submit.click();
  await expect(form.dialog.locator("code").first()).toHaveText(secret);
  await form.done.click();
  expect(await api.webhooks()).toHaveLength(1);
});

test("a secret that is generated is no longer missing", async ({ form }) => {
  await form.openNew();
  await form.secret.clear();
  await form.url.fill("https://example.com");
  await form.submit.click();
  await expect(form.alert).toContainText("One field needs your attention.");
  await form.dialog.getByRole("button", { name: "Generate" }).click();
  await expect(form.alert).toBeEmpty();
  await expect(form.secret).toHaveAttribute("aria-invalid", "false");
});

test("a secret is rotated: for a while both sign, and what was typed beside it can still be saved", async ({ api, webhook, deliver, receiver, page }) => {
  await page.goto(`/webhooks/${webhook.id}/settings`);
  await page.getByText("Description and delivery").click();
  await page.getByLabel("Description", { exact: true }).fill("typed before the rotation");
  const rotation = page.getByRole("region", { name: "Rotate secret" });
  const secret = rotation.getByLabel("New secret", { exact: true });
  await expect(rotation).toContainText("X-Webhook-Signature-Previous carries a signature by the old secret");
  await rotation.getByRole("button", { name: "Rotate secret" }).click();
  await expect(secret).toBeFocused();
  await expect(secret).toHaveAttribute("aria-invalid", "true");
  await rotation.getByRole("button", { name: "Generate" }).click();
  await expect(secret).toHaveAttribute("aria-invalid", "false");
  const fresh = await secret.inputValue();
  expect(fresh).toMatch(/^whsec_/);
  await rotation.getByText("1 hour").click();
  await rotation.getByRole("button", { name: "Rotate secret" }).click();
  await expect(rotation.getByText(/^Signatures by the old secret are sent as well until /)).toBeVisible();
  await expect(secret).toHaveValue("");
  // What was generated is shown once more, as nobody else ever tells it.
  await expect(rotation.locator(".note.ok")).toContainText(fresh);
  await expect(rotation.getByRole("button", { name: "Copy new secret" })).toBeVisible();

  // A receiver that has the old secret still accepts what comes, and so does one that has the new one.
  await deliver();
  expect(receiver.last).toMatchObject({ standard: true, hexadecimal: false });
  receiver.secret = fresh;
  await deliver();
  expect(receiver.last).toMatchObject({ standard: true, hexadecimal: true });

  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Changes saved")).toBeVisible();
  await expect(page.getByLabel("Description", { exact: true }), "what was unfolded stays so").toBeVisible();
  await page.reload();
  await expect(rotation).toBeVisible();
  await expect(page.locator("body")).not.toContainText(fresh);
  const { description } = await api.read<{ description: string }>(`/webhooks/${webhook.id}`);
  expect(description).toBe("typed before the rotation");
});
