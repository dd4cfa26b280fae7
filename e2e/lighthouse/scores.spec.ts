// What Lighthouse says of each page, loaded for the first time on the slow phone that it simulates.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "../fixtures/test.ts";

/** How often each page is loaded; the middle score counts, as machines are noisy. */
const LOADS = 3;
/** What the score for performance must reach: where somebody looks for a failure, and everywhere else. */
const [FAST, ELSEWHERE] = [90, 80];
const ARGUMENTS = ["--quiet", "--output=json", "--only-categories=performance,accessibility,best-practices"];
const CHROME = "--chrome-flags=--headless=new --no-sandbox --disable-dev-shm-usage";

type Category = "performance" | "accessibility" | "best-practices";
type Report = { categories: Record<Category, { score: number }>; audits: Record<string, { displayValue?: string }> };

const LOOKED_AT = ["/webhooks", "/webhooks/ID", "/webhooks/ID/events", "/events", "/events/EVENT/responses"];
const OTHERS = ["/webhooks/new", "/webhooks/ID/settings", "/event-types", "/tools", "/settings", "/account", "/access/operators", "/access/audit-log"];

for (const path of [...LOOKED_AT, ...OTHERS]) {
  test(path, async ({ server, api, webhook, receiver, page }) => {
    receiver.answer({ status: 500 });
    await api.publishBatch(20);
    await api.until(webhook.id, "failed", 20);
    const [latest] = await api.deliveries(webhook.id);
    const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`);
    const headers = `--extra-headers=${JSON.stringify({ Cookie: cookies.join("; ") })}`;
    const url = new URL(path.replace("ID", webhook.id).replace("EVENT", latest?.id ?? ""), server.url).href;

    const reports: Report[] = [];
    for (let load = 0; load < LOADS; load += 1) {
      const ran = promisify(execFile)(process.env.LIGHTHOUSE ?? "lighthouse", [url, ...ARGUMENTS, CHROME, headers], {
        env: { ...process.env, CHROME_PATH: process.env.CHROMIUM ?? "/usr/bin/chromium" },
        maxBuffer: 64 << 20,
      });
      reports.push(JSON.parse((await ran).stdout) as Report);
    }
    const middle = (category: Category) => {
      const scores = reports.map(({ categories }) => Math.round(categories[category].score * 100));
      return scores.sort((a, b) => a - b)[LOADS >> 1];
    };
    const shown = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"];
    const times = shown.map((audit) => `${audit} ${reports[0]?.audits[audit]?.displayValue}`);
    console.log(`    ${path}: performance ${middle("performance")}, accessibility ${middle("accessibility")}, ` +
      `best practices ${middle("best-practices")}; ${times.join(", ")}`);
    expect.soft(middle("performance")).toBeGreaterThanOrEqual(LOOKED_AT.includes(path) ? FAST : ELSEWHERE);
    expect.soft(middle("accessibility")).toBe(100);
    expect.soft(middle("best-practices")).toBe(100);
  });
}
