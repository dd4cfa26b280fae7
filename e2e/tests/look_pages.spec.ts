// The pages beside the main job, in both languages, themes and widths: readable for everybody, and nothing sticks out.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "../fixtures/test.ts";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

for (const [locale, colorScheme, width] of [
  ["en-US", "light", 1280],
  ["en-US", "dark", 360],
  ["pt-BR", "dark", 1280],
  ["pt-BR", "light", 360],
  ["pt-BR", "light", 320],
] as const) {
  test.describe(`${locale}, ${colorScheme}, ${width} px`, () => {
    test.use({ locale, colorScheme, viewport: { width, height: 800 } });
    test.setTimeout(300_000);

    test("axe finds nothing and nothing sticks out", async ({ api, webhook, receiver, page }) => {
      receiver.next({ status: 503 }, { reset: true });
      for (let number = 0; number < 4; number += 1) {
        await api.publish();
        await expect.poll(() => receiver.received.length).toBe(number + 1);
      }
      const failed = (await api.deliveries(webhook.id)).find(({ status }) => status === "failed");
      const look = async (state: string) => {
        const excess = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect.soft(excess, state).toBe(0);
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        const found = violations.map(({ id, nodes }) => `${state}: ${id}: ${nodes.map((node) => node.html).join(" | ")}`);
        expect.soft(found).toEqual([]);
      };
      for (const path of [
        `/webhooks/${webhook.id}`,
        `/webhooks/${webhook.id}?period=1h`,
        `/webhooks/${webhook.id}/settings`,
        `/webhooks/${webhook.id}/events?status=failed`,
        "/events",
        "/events?status=pending",
        "/event-types",
        "/tools",
        "/settings",
        `/events/${failed?.id}`,
        `/events/${failed?.id}?tab=responses`,
      ]) {
        await page.goto(path);
        await expect(page.locator("main h1")).toBeVisible();
        await expect(page.locator("main [aria-busy=true]")).toHaveCount(0);
        for (const fold of await page.locator(".chart summary, details.type > summary, .at-webhooks summary").all()) await fold.click();
        await look(path.replace(webhook.id, "ID"));
      }
      await page.goto("/settings");
      // Nobody listens to keys before the page is there.
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog")).toBeVisible();
      await look("shortcuts");
      await page.goto(`/webhooks/${webhook.id}/events?status=failed`);
      await page.locator("tbody input[type=checkbox]").first().check();
      await look("selection");
      await page.locator(".bulk button").first().click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await look("resend all");
    });
  });
}
