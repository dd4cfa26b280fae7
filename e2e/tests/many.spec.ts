import { expect, test } from "../fixtures/test.ts";

/** How many events arrive while the list is open, and how many are published with one request. */
const [EVENTS, BATCH] = [1_000, 100];

test("a thousand live updates are counted above the events list", async ({ api, webhook, events, page }) => {
  test.slow();
  await api.publish();
  await events.open(webhook.id);
  await expect(events.rows).toHaveCount(1);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  // Each batch once the one before is counted: who is far behind is told to look again, and sees one page.
  for (let count = BATCH; count <= EVENTS; count += BATCH) {
    await api.publishBatch(BATCH);
    await expect(page.getByRole("button", { name: `${count.toLocaleString("en-US")} new events` })).toBeVisible();
  }
  await expect(events.rows).toHaveCount(1);
});
