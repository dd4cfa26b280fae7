import { readFile } from "node:fs/promises";
import { expect, test } from "../fixtures/test.ts";

const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; " +
  "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

test("the page is sent with the strict policy, and has nothing inline", async ({ webhook, webhooks, form, page }) => {
  const response = await page.goto("/webhooks");
  expect(response?.headers()["content-security-policy"]).toBe(CSP);
  expect(response?.headers()["x-content-type-options"]).toBe("nosniff");
  expect(response?.headers()["referrer-policy"]).toBe("no-referrer");
  const html = (await response?.text()) ?? "";
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/i);
  expect(html.match(/<script[^>]*>[^<]*/gi)).toEqual([expect.stringMatching(/^<script type="module" src="\/boot-[0-9a-f]+\.js">$/)]);

  // Nor is anything inline once the portal runs, with a dialog open.
  await webhooks.edit(webhook.url).click();
  await form.only();
  const inline = await page.evaluate(
    () => document.querySelectorAll("style, script:not([src]), [style], [onclick], [oninput], [onload]").length,
  );
  expect(inline).toBe(0);
});

test.describe("with a violation on purpose", () => {
  test.use({ expectedErrors: /inline script|^CSP: script-src-elem inline/ });

  test("the policy is at work: an inline script is refused", async ({ page }) => {
    await page.goto("/webhooks");
    const violated = await page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.violatedDirective), { once: true });
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.head.append(script);
        }),
    );
    expect(violated).toBe("script-src-elem");
    expect(await page.evaluate(() => "ran" in window)).toBe(false);
  });
});

test("the first load asks one host for at most 8 things", async ({ api, webhooks, receiver, page, server }) => {
  const events = { mode: "selected", types: ["SMARTAUTH.PROFILEUPDATEDEVENT"] };
  const webhook = await api.createWebhook({ url: receiver.url(), secret: receiver.secret, events });
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  await webhooks.open();
  await expect(webhooks.row(webhook.url)).toContainText("1 of 10");
  await page.waitForLoadState("networkidle");
  expect(urls.map((url) => new URL(url).origin)).toEqual(urls.map(() => server.url));
  // When the first page is there, the code of others is fetched ahead of need, and the stream opens, which may have the list loaded anew.
  const first = [...new Set(urls)].filter((url) => !/\/(split|chunk)_\w+\.wasm$|\/api\/v1\/live\?/.test(url));
  expect(first.length, first.join("\n")).toBeLessThanOrEqual(8);
});

test("a payload is saved as a file that no browser opens, byte for byte", async ({ api, webhook, events, event, page }) => {
  await page.addInitScript(() => {
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      document.documentElement.dataset.saved = blob.type;
      return make(blob);
    };
  });
  const data = { page: "<script>document.title='owned'</script>" };
  const published = { specversion: "1.0", id: "../../page.html", source: "A", type: "B", data };
  await api.send("POST", "/events", published);
  await expect.poll(async () => (await api.deliveries(webhook.id)).length).toBe(1);
  await events.open(webhook.id);
  await events.openFirst();
  await expect(event.payload).toBeVisible();
  const address = page.url();
  const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download" }).click()]);
  expect(saved.suggestedFilename()).toMatch(/^[^/\\]*page\.html\.json$/);
  expect(await readFile(await saved.path(), "utf8")).toContain(JSON.stringify(data));
  await expect(page.locator("html")).toHaveAttribute("data-saved", "application/octet-stream");
  expect(page.url()).toBe(address);
});

test("what the API answers is data for every browser that is led to it", async ({ api, webhook, page, server }) => {
  await api.send("POST", "/events", { specversion: "1.0", id: "1", source: "A", type: "B", data: "<script>1</script>" });
  const [delivery] = await api.deliveries(webhook.id);
  for (const path of [`/api/v1/deliveries/${delivery?.id}`, "/api/v1/events", "/api/v1/audit-log", "/api/v1/openapi.json", "/api/v1/nothing"]) {
    const headers = (await page.request.get(server.url + path)).headers();
    expect(headers["content-type"], path).toMatch(/^application\/(problem\+)?json$/);
    expect(headers["x-content-type-options"], path).toBe("nosniff");
    expect(headers["content-security-policy"], path).toBe("default-src 'none'; frame-ancestors 'none'; sandbox");
  }
});

test("what a receiver or a publisher writes is text, and nothing of it runs", async ({ api, webhook, events, event, receiver, page }) => {
  const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  receiver.answer({ status: 500, headers: { "content-type": "text/html", "x-hostile": hostile }, body: hostile });
  await api.publish("TRANSACTION.TRANSACTIONSTATUSUPDATED", { [hostile]: hostile });
  await events.open(webhook.id);
  await expect(events.rows.first()).toContainText("Failed");
  await events.openFirst();
  await expect(event.payload).toContainText("<script>document.title='owned'</script>");
  await event.showResponses();
  await expect(page.getByRole("region", { name: "Response body" })).toHaveText(hostile);
  await expect(page.getByRole("region", { name: "Response headers" })).toContainText(hostile);
  await expect(page).toHaveTitle("TRANSACTION.TRANSACTIONSTATUSUPDATED · Hookwright");
  expect(await page.locator("main img, main script").count()).toBe(0);
});
