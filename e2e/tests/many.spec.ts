import { expect, test } from "../fixtures/test.ts";

// Times are of this machine, which may be busy: the bounds are loose, and what was measured is printed.

/** How many times slower the processor is. */
const SLOWER = 4;
/** 10 Mbit/s, in bytes, and the time to the server and back. */
const LINE = { offline: false, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000, latency: 40 };
/** When the first list should be there on such a device, and when it is far too late. */
const [GOOD_MS, TOO_LATE_MS] = [3_500, 10_000];

/** How many events arrive while the list is open, and how many are published with one request. */
const [EVENTS, BATCH] = [1_000, 100];
/** The page must not stand still for longer. */
const LONGEST_TASK_MS = 200;

test("the first list is there soon on a slow device and line", async ({ webhook, webhooks, page }) => {
  const device = await page.context().newCDPSession(page);
  await device.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  await device.send("Network.enable");
  await device.send("Network.emulateNetworkConditions", LINE);
  await webhooks.open();
  await webhooks.viewEvents(webhook.url).waitFor();
  const ms = Math.round(await page.evaluate(() => performance.now()));
  console.log(`    first list after ${ms} ms (good: ${GOOD_MS} ms)`);
  expect(ms).toBeLessThan(TOO_LATE_MS);
});

test("a thousand live updates don't make the events list stand still", async ({ api, webhook, events, page }) => {
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(1);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration))).observe({ type: "longtask" });
  });
  for (let published = 0; published < EVENTS; published += BATCH) await api.publishBatch(BATCH);
  await expect(page.getByRole("button", { name: `${EVENTS.toLocaleString("en-US")} new events` })).toBeVisible();
  const tasks = await page.evaluate(() => (window as unknown as { tasks: number[] }).tasks);
  const longest = Math.round(Math.max(0, ...tasks));
  console.log(`    ${EVENTS} updates: ${tasks.length} tasks over 50 ms, the longest took ${longest} ms`);
  expect(longest).toBeLessThan(LONGEST_TASK_MS);
});
