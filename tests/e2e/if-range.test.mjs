// A range under If-Range, in front of real servers, some of which ignore that header: a client never gets a part of
// a version that it has no other part of.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { document } from "./support/documents.mjs";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";

const BINARY = "application/octet-stream";
const BODY = Buffer.from("the first version, and all of it");
const PART = BODY.subarray(4, 9);
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** A date in the two other forms that a recipient has to read (RFC 9110 section 5.6.7). */
function olderForms(date) {
  const [, day, month, year, time] = /^\w+, (\d\d) (\w+) (\d{4}) ([\d:]+) GMT$/.exec(date) ?? [];
  const name = DAYS[new Date(date).getUTCDay()];
  return {
    "as RFC 850 wrote it": `${name}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    "as asctime writes it": `${name.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`,
  };
}

for (const server of realServers()) {
  describe(server.name, () => {
    const gateway = aGateway(() => ({ api: document("file-server.json"), s3: server.s3, vars: OPEN }));
    let etag, date;
    before(async () => {
      await server.store.put("a.bin", BODY, { "content-type": BINARY });
      const headers = await server.store.head("a.bin");
      [etag, date] = [headers.get("etag"), headers.get("last-modified")];
    });

    const ask = (ifRange, { range = "bytes=4-8", accept = BINARY } = {}) =>
      gateway.request("/files/a.bin", { headers: { accept, range, "if-range": ifRange } });

    function isPart(answer) {
      assert.equal(answer.status, 206, answer.body.toString());
      assert.equal(answer.headers["content-range"], `bytes 4-8/${BODY.length}`);
      assert.equal(answer.headers["content-length"], String(PART.length));
      assert.equal(answer.headers.etag, etag);
      assert.deepEqual(answer.body, PART);
    }

    function isWhole(answer) {
      assert.equal(answer.status, 200, answer.body.toString());
      assert.equal(answer.headers["content-range"], undefined);
      assert.equal(answer.headers["content-length"], String(BODY.length));
      assert.equal(answer.headers.etag, etag);
      assert.deepEqual(answer.body, BODY);
    }

    test("the ETag: the part", async () => isPart(await ask(etag)));

    test("another ETag: the whole", async () => isWhole(await ask('"another"')));

    test("the ETag, but a weak one, which proves nothing of bytes: the whole", async () =>
      isWhole(await ask(`W/${etag}`)));

    test("the date of the last change: the part", async () => isPart(await ask(date)));

    for (const [what, seconds] of /** @type {any[][]} */ ([
      ["a day before", -86_400],
      ["a second before", -1],
      ["a second after", 1],
      ["a day after", 86_400],
    ])) {
      test(`a date, ${what} the last change: the whole`, async () => {
        isWhole(await ask(new Date(Date.parse(date) + seconds * 1000).toUTCString()));
      });
    }

    // A date in another form than the server's own is not compared: the whole is right in any case.
    for (const form of Object.keys(olderForms("Thu, 09 Apr 2026 12:00:00 GMT"))) {
      test(`the date of the last change, ${form}: the whole`, async () => isWhole(await ask(olderForms(date)[form])));
      test(`another date, ${form}: the whole`, async () =>
        isWhole(await ask(olderForms("Thu, 09 Apr 2026 12:00:00 GMT")[form])));
    }

    test("neither an ETag nor a date: the whole", async () => isWhole(await ask("yesterday")));

    test("the object has been replaced meanwhile: the whole, and then a part of the new one", async () => {
      await server.store.put("b.bin", BODY, { "content-type": BINARY });
      const first = (await server.store.head("b.bin")).get("etag");
      const replaced = Buffer.from("the second version");
      await server.store.put("b.bin", replaced, { "content-type": BINARY });
      const second = (await server.store.head("b.bin")).get("etag");
      const resume = (ifRange) =>
        gateway.request("/files/b.bin", { headers: { accept: BINARY, range: "bytes=4-", "if-range": ifRange } });
      const whole = await resume(first);
      assert.deepEqual([whole.status, whole.headers.etag, whole.body.toString()], [200, second, replaced.toString()]);
      const part = await resume(second);
      assert.deepEqual([part.status, part.headers.etag, part.body.toString()], [206, second, "second version"]);
    });

    // The client holds more of the old version than there is of the new one: only the whole helps it on.
    test("a range beyond the end of what has replaced the object: the whole", async () => {
      isWhole(await ask('"another"', { range: "bytes=1000-" }));
      isWhole(await ask("Thu, 09 Apr 2026 12:00:00 GMT", { range: "bytes=1000-" }));
    });

    test("without If-Range it is a 416", async () => {
      const answer = await gateway.request("/files/a.bin", { headers: { accept: BINARY, range: "bytes=1000-" } });
      assert.equal(answer.status, 416, answer.body.toString());
    });

    test("If-Range without a range means nothing", async () => {
      isWhole(await gateway.request("/files/a.bin", { headers: { accept: BINARY, "if-range": '"another"' } }));
    });

    test("what is answered as base64 is whole, whatever If-Range says", async () => {
      for (const ifRange of [etag, '"another"', date]) {
        const answer = await ask(ifRange, { accept: "application/json" });
        assert.deepEqual([answer.status, answer.body.toString()], [200, BODY.toString("base64")]);
        assert.equal(answer.headers["accept-ranges"], "none");
      }
    });
  });
}
