// Somebody of the platform acts for one of its customers.

import { randomUUID } from "node:crypto";
import { expect, test } from "../fixtures/test.ts";

test.use({ expectedErrors: /404/ });

test("an operator of the platform acts for a customer in the whole portal, and comes back", async ({ page, webhook, webhooks }) => {
  const [name, external_id] = [`Acme ${randomUUID().slice(0, 8)}`, `cust-${randomUUID().slice(0, 8)}`];
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toBeVisible();
  const made = await page.evaluate(async (tenant) => {
    const headers = { "Content-Type": "application/json" };
    return (await fetch("/api/v1/tenants", { method: "POST", headers, body: JSON.stringify(tenant) })).status;
  }, { name, external_id });
  expect(made).toBe(201);

  const other = await page.context().newPage();
  await other.goto("/events");

  await page.goto("/account");
  const tenant = page.getByLabel("Tenant");
  await tenant.fill("cust-nobody");
  await page.getByRole("button", { name: "Act for another tenant" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "names no tenant" })).toBeVisible();
  await expect(tenant).toBeFocused();
  await tenant.fill(external_id);
  await page.getByRole("button", { name: "Act for another tenant" }).click();
  await expect(page).toHaveURL("/webhooks");
  await expect(page.locator("header .account")).toContainText(`${name} · `);
  await expect(page.getByRole("heading", { name: "No webhooks yet" })).toBeVisible();
  await expect(other.locator("header .account")).toContainText(`${name} · `);

  await page.goto("/account");
  await page.getByRole("button", { name: "Back to the default tenant" }).click();
  await expect(webhooks.row(webhook.url)).toBeVisible();
  await expect(page.locator("header .account")).not.toContainText(name);
});

test("what was typed for one tenant is saved there, whatever another tab has chosen since", async ({ api, context, form, page, receiver }) => {
  const external_id = `cust-${randomUUID().slice(0, 8)}`;
  await form.openNew();
  await form.url.fill(receiver.url("/typed"));
  await form.secret.fill(receiver.secret);
  const other = await context.newPage();
  await other.goto("/account");
  await other.evaluate(async (tenant) => {
    const headers = { "Content-Type": "application/json" };
    await fetch("/api/v1/tenants", { method: "POST", headers, body: JSON.stringify(tenant) });
  }, { name: external_id, external_id });
  await other.getByLabel("Tenant").fill(external_id);
  await other.getByRole("button", { name: "Act for another tenant" }).click();
  await expect(other.locator("header .account")).toContainText(external_id);

  const ended = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(ended).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(ended).toHaveCount(0);
  await form.submit.click();
  await expect(form.done).toBeVisible();
  expect((await api.webhooks()).map((webhook) => webhook.url)).toContain(receiver.url("/typed"));
});
