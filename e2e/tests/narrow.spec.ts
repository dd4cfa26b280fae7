// The narrowest phone, in the language with the longest words, and text at twice its size.

import type { Page } from "@playwright/test";
import { expect, test } from "../fixtures/test.ts";
import type { Receiver } from "../fixtures/receiver.ts";
import type { Api, Webhook } from "../fixtures/api.ts";

test.use({ locale: "pt-BR", viewport: { width: 320, height: 700 }, hasTouch: true });

async function failOnce(api: Api, webhook: Webhook, receiver: Receiver) {
  receiver.answer({ status: 503 });
  await api.publish();
  await api.until(webhook.id, "failed");
}

for (const [size, width] of [
  ["100%", 320],
  ["200%", 390],
] as const) {
  test(`navigation, bulk bar and notices stand on each other, text at ${size}`, async ({ api, webhook, events, receiver, page }) => {
    await failOnce(api, webhook, receiver);
    await page.setViewportSize({ width, height: 844 });
    await events.open(webhook.id);
    await page.getByRole("button", { name: /^Mais ações/ }).click();
    await page.getByRole("menuitem", { name: "Copiar URL" }).click();
    await page.evaluate((size) => (document.documentElement.style.fontSize = size), size);
    await page.locator("tbody input[type=checkbox]").check();
    await expect(page.locator(".toasts .note")).toBeVisible();
    // What a touch in the middle of each meets.
    const missed = await page.locator(".dock :is(a, button)").evaluateAll((all) =>
      all.filter((one) => {
        const { left, top, width, height } = one.getBoundingClientRect();
        return !one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
      }),
    );
    expect(missed).toEqual([]);
    await page.locator(".bulk .primary").tap();
    await receiver.reached(2);
    // The end of the page can be read above them.
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    const free = await page.evaluate(() => {
      const [main, dock] = ["main", ".dock"].map((part) => document.querySelector(part)?.getBoundingClientRect());
      return (dock?.top ?? 0) - (main?.bottom ?? 0);
    });
    expect(Math.round(free)).toBeGreaterThanOrEqual(0);
  });
}

for (const [name, width, height] of [
  ["on a low page", 640, 400],
  ["below filters that are open", 360, 740],
] as const) {
  test(`the bulk bar covers no filter ${name}`, async ({ api, webhook, events, receiver, page }) => {
    await failOnce(api, webhook, receiver);
    await page.setViewportSize({ width, height });
    await events.open(webhook.id, "?status=failed");
    const bar = page.locator(".bulk");
    await expect(bar).toBeAttached();
    if (height > 400) await page.getByRole("button", { name: /^Filtros/ }).click();
    const covered = await page.locator(".filters :is(label, select, input, button):visible").evaluateAll((all) => {
      const bar = document.querySelector(".bulk")?.getBoundingClientRect() ?? new DOMRect();
      return all.map((one) => one.getBoundingClientRect()).filter(({ top, bottom }) => top < bar.bottom && bottom > bar.top).length;
    });
    expect(covered).toBe(0);
    await bar.scrollIntoViewIfNeeded();
    await bar.getByRole("button").tap();
    await expect(page.getByRole("dialog")).toBeVisible();
  });
}

for (const locale of ["pt-BR", "en-GB"]) {
  test.describe(`in ${locale}`, () => {
    test.use({ locale });
    test("the navigation at the bottom is one row, and its words are whole", async ({ page }) => {
      await page.goto("/settings");
      const links = page.locator(".low a");
      await expect(links).toHaveCount(5);
      const boxes = await links.evaluateAll((all) => all.map((one) => [one.getBoundingClientRect().top, one.getBoundingClientRect().width].map(Math.round)));
      expect(new Set(boxes.map(String)).size).toBe(1);
      const broken = await links.evaluateAll((all) =>
        all.filter((one) => {
          const range = document.createRange();
          range.selectNodeContents(one.lastChild as Node);
          return new Set([...range.getClientRects()].map(({ top }) => top)).size > (one.textContent ?? "").split(" ").length;
        }).length,
      );
      expect(broken).toBe(0);
    });
  });
}

test("no word, date or duration breaks in the middle", async ({ api, webhook, receiver, page }) => {
  await failOnce(api, webhook, receiver);
  await api.changeWebhook(webhook.id, { retry_schedule: [100_000] });
  await api.publish();
  await api.until(webhook.id, "retrying");
  for (const path of ["/access/operators", "/access/api-keys", "/events", `/webhooks/${webhook.id}`]) {
    await page.goto(path);
    await expect(page.locator("main :is(td, .plain th)").first()).toBeVisible();
    expect(await broken(page), path).toEqual([]);
  }
});

test("an event whose webhook was deleted fits, and says what became of it", async ({ api, webhook, receiver, page }) => {
  await failOnce(api, webhook, receiver);
  const id = (await api.deliveries(webhook.id))[0]?.id;
  await api.send("DELETE", `/webhooks/${webhook.id}`);
  await page.goto(`/events/${id}`);
  await page.getByText("Este evento em cada webhook").click();
  await expect(page.locator(".at-webhooks li", { hasText: "Este webhook foi excluído." })).toContainText("Falhou");
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(tooWide).toBe(0);
});

test("what a list that finds nothing is narrowed to fits", async ({ webhook, events, page }) => {
  await events.open(webhook.id, "?type=COMMUNICATION.COMMUNICATIONSENTTODESTINATIONEVENT");
  await expect(page.getByRole("heading", { name: "Nenhum evento com estes filtros" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});

test("a status stands on one line where it has the room", async ({ api, webhook, events, receiver, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await api.changeWebhook(webhook.id, { retry_schedule: [100_000] });
  receiver.answer({ status: 503 });
  await api.publish();
  await api.until(webhook.id, "retrying");
  await events.open(webhook.id);
  const lines = events.rows.locator(".badge").evaluate((badge) => {
    const range = document.createRange();
    range.selectNodeContents(badge);
    return new Set([...range.getClientRects()].filter(({ width }) => width > 20).map(({ top }) => top)).size;
  });
  expect(await lines).toBe(1);
});

/** The words of tables that stand on more than one line: letters, dates, times, and figures with what they count. */
async function broken(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const texts = document.createTreeWalker(document.querySelector("main") as Element, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (!text.parentElement?.closest("td:not(.url), .plain th") || text.parentElement.closest(".mono")) continue;
      for (const { 0: word, index } of (text.textContent ?? "").matchAll(/(\d+\u00a0)*[\p{L}\d/:,.]+/gu)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(word);
      }
    }
    return found;
  });
}

test("the status that a list is narrowed to is in view", async ({ webhook, events, page }) => {
  await events.open(webhook.id, "?status=delivered");
  const chosen = page.locator(".seg label:has(:checked)").first();
  await expect(chosen).toHaveText("Entregues");
  await expect(chosen).toBeInViewport({ ratio: 0.9 });
});

test("the account can be touched", async ({ webhooks, page }) => {
  await webhooks.open();
  const box = await page.locator(".account").boundingBox();
  expect(box?.width).toBeGreaterThanOrEqual(44);
  expect(box?.height).toBeGreaterThanOrEqual(44);
});

test("why a URL is refused is said in the language of the page", async ({ form, page }) => {
  await form.openNew();
  await page.getByRole("textbox", { name: "URL do webhook" }).fill("https://example.com/#part");
  await page.getByRole("button", { name: "Verificar esta URL" }).click();
  await expect(page.locator(".preflight")).toContainText("A URL tem um fragmento (#…). Ele nunca é enviado: remova-o.");
});

test("a box is as large as a finger, and who misses it by a little does not open the event", async ({ api, webhook, events, receiver, page }) => {
  await failOnce(api, webhook, receiver);
  await events.open(webhook.id, "?status=failed");
  const box = page.locator("tbody input[type=checkbox]");
  await expect(box).toBeVisible();
  const { x, y, width, height } = (await box.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  expect(Math.min(width, height)).toBeGreaterThanOrEqual(24);
  await page.touchscreen.tap(x - 6, y + height / 2);
  await page.touchscreen.tap(x + width + 6, y + height / 2);
  await expect(page).toHaveURL(/\/events\?status=failed$/);
  await box.tap();
  await expect(box).toBeChecked();
});

test("the attempts of an event are a tap away, not a screen", async ({ api, webhook, event, receiver, page }) => {
  await failOnce(api, webhook, receiver);
  await page.setViewportSize({ width: 360, height: 740 });
  await event.open((await api.deliveries(webhook.id))[0]?.id ?? "");
  const tab = page.getByRole("link", { name: /^Respostas/ });
  await expect(tab).toBeVisible();
  expect((await tab.boundingBox())?.y).toBeLessThan(550);
});

test("in a very low window nothing sticks: what it is about has the room", async ({ webhook, page }) => {
  await page.setViewportSize({ width: 320, height: 256 });
  await page.goto(`/webhooks/${webhook.id}/settings`);
  await expect(page.locator("#confirm")).toBeVisible();
  await expect(page.locator(".low")).not.toBeInViewport();
  await page.locator("#confirm").scrollIntoViewIfNeeded();
  await expect(page.locator(".top")).not.toBeInViewport();
  await page.goto("/webhooks/new");
  const dialog = page.getByRole("dialog");
  await dialog.locator("#url").focus();
  await dialog.locator("footer .primary").scrollIntoViewIfNeeded();
  await expect(dialog.locator("header")).not.toBeInViewport();
  await expect(dialog.locator("footer .primary")).toBeInViewport();
});

test("the figures stand side by side: six at a small desk, two on a phone", async ({ api, webhook, page }) => {
  await api.publish();
  await api.until(webhook.id, "delivered");
  for (const [width, columns] of [[960, 6], [320, 2]] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("/webhooks/statistics");
    await expect(page.locator(".stat")).toHaveCount(6);
    const places = await page.locator(".stat").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().top));
    expect(places.filter((top) => top === places[0]), `${width} px`).toHaveLength(columns);
  }
});
