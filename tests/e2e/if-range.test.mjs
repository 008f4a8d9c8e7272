// Range with If-Range, in front of real servers, some of which ignore If-Range. A client never gets a range of another version
// of the object than the version in its If-Range.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { document } from "./support/documents.mjs";
import { aGateway, OPEN } from "./support/hooks.mjs";
import { realServers } from "./support/s3-servers.mjs";

const BINARY = "application/octet-stream";
const BODY = Buffer.from("the first version, and all of it");
const PART = BODY.subarray(4, 9);
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** Returns a date in the two obsolete formats of RFC 9110, section 5.6.7. */
function olderForms(date) {
  const [, day, month, year, time] = /^\w+, (\d\d) (\w+) (\d{4}) ([\d:]+) GMT$/.exec(date) ?? [];
  const name = DAYS[new Date(date).getUTCDay()];
  return {
    "in the format of RFC 850": `${name}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
    "in the format of asctime": `${name.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`,
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

    test("If-Range with the ETag: 206", async () => isPart(await ask(etag)));

    test("If-Range with another ETag: 200", async () => isWhole(await ask('"another"')));

    test("If-Range with a weak ETag: 200", async () => isWhole(await ask(`W/${etag}`)));

    test("If-Range with the Last-Modified date: 206", async () => isPart(await ask(date)));

    for (const [what, seconds] of /** @type {any[][]} */ ([
      ["a day before", -86_400],
      ["a second before", -1],
      ["a second after", 1],
      ["a day after", 86_400],
    ])) {
      test(`If-Range with a date ${what} Last-Modified: 200`, async () => {
        isWhole(await ask(new Date(Date.parse(date) + seconds * 1000).toUTCString()));
      });
    }

    // A date in another format than Last-Modified is not compared. The whole object is always a correct answer.
    for (const form of Object.keys(olderForms("Thu, 09 Apr 2026 12:00:00 GMT"))) {
      test(`If-Range with the Last-Modified date ${form}: 200`, async () => isWhole(await ask(olderForms(date)[form])));
      test(`If-Range with another date ${form}: 200`, async () =>
        isWhole(await ask(olderForms("Thu, 09 Apr 2026 12:00:00 GMT")[form])));
    }

    test("If-Range with neither an ETag nor a date: 200", async () => isWhole(await ask("yesterday")));

    test("the object was replaced: 200 for the old ETag, and 206 for the new one", async () => {
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

    // The client has more bytes of the old version than the new version has, so it needs the whole object.
    test("a range after the end of the new version, with an If-Range that does not match: 200", async () => {
      isWhole(await ask('"another"', { range: "bytes=1000-" }));
      isWhole(await ask("Thu, 09 Apr 2026 12:00:00 GMT", { range: "bytes=1000-" }));
    });

    test("a range after the end without If-Range: 416", async () => {
      const answer = await gateway.request("/files/a.bin", { headers: { accept: BINARY, range: "bytes=1000-" } });
      assert.equal(answer.status, 416, answer.body.toString());
    });

    test("If-Range without Range is ignored", async () => {
      isWhole(await gateway.request("/files/a.bin", { headers: { accept: BINARY, "if-range": '"another"' } }));
    });

    test("a base64 response is the whole object, whatever If-Range is", async () => {
      for (const ifRange of [etag, '"another"', date]) {
        const answer = await ask(ifRange, { accept: "application/json" });
        assert.deepEqual([answer.status, answer.body.toString()], [200, BODY.toString("base64")]);
        assert.equal(answer.headers["accept-ranges"], "none");
      }
    });
  });
}
