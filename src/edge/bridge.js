// Functions that wasm calls. A call is expensive, so the head of a message is passed as one string: to wasm as lines, and to
// JavaScript as JSON, because `JSON.parse` makes the objects for `fetch` and `Response` faster than other code. A body is passed
// as one buffer, or stays in JavaScript. A view of wasm memory may be passed to `fetch` and `Response`, because they copy the bytes
// before they return (https://fetch.spec.whatwg.org/#concept-bodyinit-extract).

/** `task` is the task that runs: see `newTask`. `entry.js` sets it before each step. */
export const running = { task: /** @type {any} */ (undefined) };

/**
 * Returns the task of a request, with the values that are needed if its wasm instance fails. `streams` are the streams that the
 * request has opened. `abort` is the head of the request that aborts its upload, as JSON. `isHolding` is whether the request has read a
 * body into memory.
 */
export function newTask(request, context, number, instance) {
  return {
    request,
    context,
    number,
    instance,
    method: request.method,
    id: crypto.randomUUID(),
    time: Date.now(),
    status: 0,
    streams: [],
    abort: undefined,
    isHolding: false,
  };
}

/** Keeps the head of the request that aborts the upload of the running task, as JSON, or drops it if `head` is undefined. */
export function keepAbort(head) {
  running.task.abort = head;
}

/** Aborts the upload of a task, if there is one. Resolves to undefined, or to the reason why parts remain in the bucket. */
export async function abortUpload({ abort }) {
  if (abort === undefined) return undefined;
  try {
    const init = JSON.parse(abort);
    const { ok, status, body } = await fetch(init.url, { ...init, redirect: "manual" });
    await body?.cancel();
    // 404: the upload does not exist any more.
    if (ok || status === 404) return undefined;
    return `${LEFT_BEHIND}: S3 answered ${status}`;
  } catch (error) {
    return `${LEFT_BEHIND}: ${reasonOf(error)}`;
  }
}

const LEFT_BEHIND = "the multipart upload could not be aborted, so its parts remain in the bucket";

/** The names of the headers that are read, of requests and of responses. `undefined` means all headers. */
let requestNames;
let responseNames;

/** Sets the names of the headers that are read, as texts with one name in each line. */
export function readHeaders(ofRequests, ofResponses) {
  requestNames = ofRequests?.split("\n");
  responseNames = ofResponses?.split("\n");
}

/**
 * Returns one line for each header: the index of its name, a colon and the value. If all headers are read, the line has the
 * name instead of the index. No value can contain a line feed. A few calls of `get` cost less than iterating over all headers.
 */
function linesOf(headers, names) {
  let lines = "";
  if (names === undefined) {
    for (const [name, value] of headers) lines += `\n${name}:${value}`;
    return lines;
  }
  for (let index = 0; index < names.length; index++) {
    const value = headers.get(names[index]);
    if (value !== null) lines += `\n${index}:${value}`;
  }
  return lines;
}

/** Returns the head of a client's request as lines: method, URL, request ID, the time in milliseconds, and the headers. */
export function requestHead(request) {
  const { method, url, headers } = request;
  const { id, time } = running.task;
  return `${method}\n${url}\n${id}\n${time}${linesOf(headers, requestNames)}`;
}

/** Returns the head of a response as lines: the status and the headers. Of the original API and of errors, all headers are read. */
export function responseHead(response, isPassthrough) {
  const { status, headers } = response;
  return `${status}${linesOf(headers, isPassthrough || status >= 400 ? undefined : responseNames)}`;
}

/** The longest body of a client that is read into memory before it is sent to the backend, in bytes. */
const HELD_BYTES = 128 * 1024;

/**
 * The longest body of a client that is passed to `fetch` as it is, in bytes. A longer body goes through a pipe, whose end
 * shows when the client has sent everything. For a body of 1 MiB, a pipe costs a seventh more CPU time.
 */
const PASSED_BYTES = 1024 * 1024;

/**
 * The slowest accepted upload, in bytes per millisecond. The runtime shows no progress of an upload, so a slow client and a
 * slow server cannot be distinguished.
 */
const SLOWEST_UPLOAD = 16;

/** The time in which a body may stand still, in milliseconds. */
const IDLE_MILLIS = 30_000;

/**
 * Returns the time limit for `bytes` bytes, in milliseconds: of a client that sends or receives, or of a server. Bodies that the
 * runtime streams itself have no such limit.
 */
const timeFor = (bytes) => IDLE_MILLIS + bytes / SLOWEST_UPLOAD;

/** The longest delay of `setTimeout`, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Added to the error of an upload: the runtime reports the same error if the client or the server closes the connection. */
const EITHER_END = "(the server or the client broke the upload off)";

/**
 * Sends a request to a backend. `head` has `url`, `method` and `headers` as JSON. `body` is bytes in wasm memory, or the
 * client's request, whose body has `length` bytes, or undefined. Resolves to the response. Rejects with a string: `timeout` if
 * the response has not started within `millis` (`upload` adds time for a long body), `client: ` and the reason if the client
 * disconnected or its body broke off, `hash mismatch` if the client's body does not have the hash `sha256` (undefined: any hash), or
 * else the reason of the failure.
 */
export function send(head, body, length, millis, isS3, sha256) {
  const init = JSON.parse(head);
  init.redirect = "manual";
  init.encodeResponseBody = "manual";
  // The gateway needs the stored bytes, not a compressed form.
  init.headers["accept-encoding"] ??= "identity";
  // A cached response must not be used. `no-store` adds `Cache-Control` and `Pragma` to the request. S3 ignores both in reads,
  // but stores `Cache-Control` with the object in writes. Other servers must not get these two headers.
  if (!isS3) init.cf = UNCACHED;
  else if (init.method === "GET" || init.method === "HEAD") init.cache = "no-store";
  if (body === undefined) return (running.task.isHolding ? untilClientLeaves : within)(millis, fetch(init.url, init));
  if (body instanceof Uint8Array) init.body = body;
  else if (length > HELD_BYTES || sha256 !== undefined) return upload(body, init, millis, length, sha256);
  return write(body, init, millis, length);
}

/** Sends a request with a body in memory. */
async function write(body, init, millis, length) {
  init.body ??= await within(timeFor(length), body.arrayBuffer()).catch(blameClient);
  // A write that has timed out must not be carried out later.
  const control = new AbortController();
  init.signal = control.signal;
  try {
    return await within(millis, fetch(init.url, init));
  } catch (error) {
    control.abort();
    throw error;
  }
}

/** Options of `fetch` that prevent caching without an additional header in the request. */
const UNCACHED = { cacheTtlByStatus: { "100-599": -1 } };

/**
 * Resolves to the value of `promise`. Rejects with a string: `timeout` after `millis`, or the reason of the failure. The timer
 * is not cleared, because that costs more than letting it end. It has no effect on a settled promise.
 */
function within(millis, promise) {
  return new Promise((resolve, reject) => {
    promise.then(resolve, (error) => reject(reasonOf(error)));
    setTimeout(reject, millis, "timeout");
  });
}

/**
 * Resolves like `within`, and rejects when the client of a GET disconnects. Without this, the runtime drops such a request without notice,
 * and the memory budget counts its bytes on. The timer and the listener are removed at the end, because a request may wait for thousands of
 * blocks, and the runtime allows 10,000 timers.
 */
function untilClientLeaves(millis, promise) {
  const { task } = running;
  const signal = task.method === "GET" ? task.request.signal : undefined;
  task.isHolding = true;
  const result = new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", leave);
      settle(value);
    };
    const leave = () => end(reject, "client: the client has disconnected");
    const timer = setTimeout(end, millis, reject, "timeout");
    promise.then(
      (value) => end(resolve, value),
      (error) => end(reject, reasonOf(error)),
    );
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave);
  });
  if (task.method === "GET") task.context.waitUntil(result.catch(() => {}));
  return result;
}

/**
 * Sends a client's request to the original API, with its body unchanged. `head` has `url`, `method` and `headers` as JSON.
 * `length` is the `Content-Length` of the client, if there is one. Headers of the client keep their spelling and their
 * number of values. Resolves to the response. Rejects as `send` does.
 */
export async function passThrough(head, client, length, millis) {
  const { url, method, headers } = JSON.parse(head);
  const init = {
    headers: headersLike(client, headers),
    redirect: "manual",
    encodeResponseBody: /** @type {const} */ ("manual"),
    cf: UNCACHED,
  };
  const { body } = client;
  if (body !== null && method !== "GET" && method !== "HEAD") {
    return upload(client, { ...init, url, method }, millis, length);
  }
  // `fetch` refuses a body for GET and HEAD, except if it comes from another `Request`, whose method must not be set again.
  const source = body === null ? new Request(url, { ...init, method }) : new Request(new Request(url, client), init);
  const control = new AbortController();
  const leave = () => control.abort();
  client.signal?.addEventListener("abort", leave);
  try {
    return await within(millis, fetch(source, { ...init, signal: control.signal }));
  } catch (error) {
    control.abort();
    throw client.signal?.aborted ? `client: ${error}` : error;
  }
}

/** Returns the headers to send. A header that the client has sent with the same value keeps the client's spelling. */
function headersLike(client, toSend) {
  const headers = new Headers(client.headers);
  const wanted = new Map(Object.entries(toSend));
  // Cloudflare replaces the client's `Accept-Encoding` in the headers, and keeps the client's value here.
  const accepted = client.cf?.clientAcceptEncoding;
  if (accepted) wanted.set("accept-encoding", accepted);
  else if (accepted === "") wanted.delete("accept-encoding");
  for (const name of [...headers.keys()]) if (!wanted.has(name)) headers.delete(name);
  for (const [name, value] of wanted) if (headers.get(name) !== value) headers.set(name, value);
  return headers;
}

/** Returns the response of the original API without the headers in `dropped`, which has one name in each line. */
export function respondAsItCame(response, dropped) {
  const { status, statusText, body } = response;
  // The constructor of `Response` does not accept a higher status.
  if (status > 599) return response;
  const headers = new Headers(response.headers);
  for (const name of dropped.split("\n")) if (name !== "") headers.delete(name);
  return new Response(body, { status, statusText, headers, encodeBody: "manual" });
}

/** Returns a pipe of the runtime. With `length`, it fails if another number of bytes is written. */
function pipeOf(length) {
  return length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
}

/**
 * Sends a request with the client's body. `length` is the length of the body in bytes, or undefined if it is not known.
 * Resolves to the response when its head has arrived. After a failure the server does not get the end of the body, so S3 does
 * not change the object. The time limit is `millis` and the time for `length` bytes at the speed `SLOWEST_UPLOAD`. If the body
 * goes through a pipe, the server has `millis` to respond after the end of the body.
 */
async function upload(client, init, millis, length, sha256) {
  const control = new AbortController();
  let timer;
  try {
    return await new Promise((resolve, reject) => {
      let isAnswered = false;
      const fail = (reason) => {
        // A client that has disconnected does not need the response.
        if (!isAnswered || reason.startsWith("client: ")) control.abort();
        reject(reason);
      };
      const wait = (delay) => {
        clearTimeout(timer);
        if (!isAnswered) timer = setTimeout(fail, Math.min(delay, LONGEST_DELAY), "timeout");
      };
      wait(millis + (length ?? Infinity) / SLOWEST_UPLOAD);
      client.signal?.addEventListener("abort", () => fail("client: the client has disconnected"));
      let { body } = client;
      if (length === undefined || length > PASSED_BYTES || sha256 !== undefined) {
        const pipe = pipeOf(length);
        const piped =
          sha256 === undefined ? body.pipeTo(pipe.writable) : pipeVerified(sha256, body, pipe.writable, fail);
        piped.then(
          () => wait(millis),
          () => {}, // `fetch` reports the error.
        );
        body = pipe.readable;
      }
      fetch(init.url, { ...init, body, signal: control.signal }).then(
        (response) => {
          // The rest of the body is still sent. Otherwise the response would break off, too.
          isAnswered = true;
          resolve(response);
        },
        (error) => fail(`${reasonOf(error)} ${EITHER_END}`),
      );
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The size of the blocks of a body whose hash is verified, in bytes. */
const VERIFIED_BYTES = 256 * 1024;

/**
 * Pipes a body whose SHA-256 must be `sha256`. Otherwise calls `fail` with `hash mismatch`, and does not write the last block, so that the
 * server does not take the body for complete.
 */
async function pipeVerified(sha256, body, writable, fail) {
  const reader = body.getReader({ mode: "byob" });
  const digest = new crypto.DigestStream("SHA-256");
  const [writer, hash] = [writable.getWriter(), digest.getWriter()];
  let held;
  try {
    for (;;) {
      const { value } = await reader.readAtLeast(VERIFIED_BYTES, new Uint8Array(VERIFIED_BYTES)).catch((error) => {
        fail(`client: ${reasonOf(error)}`);
        throw error;
      });
      if (!(value?.byteLength > 0)) break;
      await hash.write(value);
      if (held !== undefined) await writer.write(held);
      held = value;
    }
    await hash.close();
    const hex = Array.from(new Uint8Array(await digest.digest), (byte) => byte.toString(16).padStart(2, "0"));
    if (hex.join("") !== sha256) throw HASH_MISMATCH;
    if (held !== undefined) await writer.write(held);
    await writer.close();
  } catch (error) {
    if (error === HASH_MISMATCH) fail(error);
    writer.abort(error).catch(() => {});
    throw error;
  }
}

const HASH_MISMATCH = "hash mismatch";

function blameClient(error) {
  throw `client: ${reasonOf(error)}`;
}

/** Resolves to the SHA-256 of bytes in wasm memory. They are copied before this returns. */
export function sha256(bytes) {
  return crypto.subtle.digest("SHA-256", bytes);
}

/** Resolves after `millis`. */
export function pause(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

/** The sizes of the bodies whose buffer is used again, in bytes. For a shorter body, a new buffer costs less. */
const REUSED_BYTES = { least: 128 * 1024, most: 2 * 1024 * 1024 };

/** Buffers for the next bodies that are read as a whole. Several requests may read their bodies at the same time. */
const spares = [];
const MOST_SPARES = 4;

/**
 * Resolves to the whole body of a request or a response, or to undefined if it is longer than `limit`. Rejects with a string:
 * `timeout` if the body is not complete within `millis` (0: the time limit of `timeFor`), or the reason why it broke off. After the
 * bytes were copied, `reuse` must be called.
 */
export function readAll(source, limit, millis) {
  const length = Number(source.headers.get("content-length"));
  const isReused = length >= REUSED_BYTES.least && length <= Math.min(limit, REUSED_BYTES.most);
  const whole = isReused && source.body !== null ? readKnown(source, length) : wholeOf(source, limit);
  return untilClientLeaves(millis || timeFor(Math.min(length || limit, limit)), whole);
}

/** Resolves to a whole body that has `length` bytes. */
async function readKnown(source, length) {
  const found = spares.findIndex((buffer) => buffer.byteLength > length);
  const buffer = found >= 0 ? spares.splice(found, 1)[0] : new ArrayBuffer(length + 1);
  // One byte more than the body has, so that the read ends with the body.
  const view = new Uint8Array(buffer, 0, length + 1);
  const { value } = await source.body.getReader({ mode: "byob" }).readAtLeast(length + 1, view);
  if (value?.byteLength !== length) throw new Error("the body does not have the length of its Content-Length");
  return value;
}

/** Keeps the buffer of bytes from `readAll` for the next bodies. The bytes are no longer valid then. */
export function reuse({ buffer }) {
  if (buffer.byteLength <= REUSED_BYTES.least || buffer.byteLength > REUSED_BYTES.most + 1) return;
  if (spares.unshift(buffer) > MOST_SPARES) spares.pop();
}

async function wholeOf(source, limit) {
  if (source.body === null) return new Uint8Array(0);
  // The rest of a client's body is read by `respondAmid` later.
  const keepsRest = source instanceof Request;
  const length = source.headers.get("content-length");
  if (length !== null) {
    if (Number(length) <= limit) return new Uint8Array(await source.arrayBuffer());
    if (!keepsRest) await source.body.cancel();
    return undefined;
  }
  const chunks = [];
  let size = 0;
  for await (const chunk of source.body.values({ preventCancel: keepsRest })) {
    size += chunk.byteLength;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Returns a request with the body of another request or response, which is decoded while it is read. */
export function decodedStream({ body }, format) {
  return new Request("http://decoded/", { method: "POST", body: body && decodedBody(body, format) });
}

/**
 * The size of the slices in which an encoded body is decoded, in bytes. `DecompressionStream` decodes a slice at once, to at most a
 * thousand times as many bytes.
 */
const SLICE_BYTES = 8 * 1024;

/** The longest decoded body of any ratio, in bytes. A longer one may have at most `MOST_RATIO` times the bytes of the encoded body. */
const FREE_BYTES = 16 * 1024 * 1024;
const MOST_RATIO = 100;

/** Returns the decoded body. The next slice is decoded only when the bytes of the slices before it were read. */
function decodedBody(body, format) {
  const encoded = body.getReader({ mode: "byob" });
  const { readable, writable } = new DecompressionStream(format);
  const [writer, decoder] = [writable.getWriter(), readable.getReader({ mode: "byob" })];
  let [bytesIn, bytesOut, isAtEnd] = [0, 0, false];
  let slice;
  const decodeSlice = async () => {
    const { value, done } = await encoded.read(new Uint8Array(SLICE_BYTES));
    bytesIn += value?.byteLength ?? 0;
    isAtEnd = done;
    await (done ? writer.close() : writer.write(value));
    slice = undefined;
  };
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      let block;
      const reading = decoder.read(new Uint8Array(64 * 1024)).then((read) => {
        block = read;
      });
      while (block === undefined && !isAtEnd) {
        slice ??= decodeSlice();
        await Promise.race([reading, slice]);
      }
      await reading;
      if (block.done) {
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      bytesOut += block.value.byteLength;
      if (bytesOut > FREE_BYTES && bytesOut > MOST_RATIO * bytesIn)
        throw new Error(`the decoded body has more than ${MOST_RATIO} times the bytes of the encoded body`);
      controller.enqueue(block.value);
    },
    async cancel(reason) {
      await Promise.allSettled([encoded.cancel(reason), decoder.cancel(reason), writer.abort(reason)]);
    },
  });
}

/** Returns a request with decoded bytes as its body. The bytes are in wasm memory, and are copied before this returns. */
export function decoded(bytes, format) {
  return decodedStream({ body: new Blob([bytes]).stream() }, format);
}

/**
 * Sends a request to STS or to a token issuer. `head` has `url`, `method` and `headers` as JSON. Resolves to the status, a
 * line feed and the text of the response. Rejects with a string: `timeout` if the response is not complete within `millis`, or
 * the reason of the failure, such as a response of more than `limit` bytes.
 */
export async function fetchText(head, body, millis, limit) {
  const init = JSON.parse(head);
  init.body = body;
  init.redirect = "manual";
  init.signal = AbortSignal.timeout(millis);
  if (init.method === "GET") init.cache = "no-store";
  try {
    const response = await fetch(init.url, init);
    const answer = await wholeOf(response, limit);
    if (answer === undefined) throw new Error(`the answer is longer than ${limit} bytes`);
    return `${response.status}\n${new TextDecoder().decode(answer)}`;
  } catch (error) {
    throw error?.name === "TimeoutError" ? "timeout" : reasonOf(error);
  }
}

const JWS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
};

/** Resolves to whether the signature of a text is valid for a JSON Web Key. Rejects with a string if the key is not valid. */
export async function isSignedBy(algorithm, jwk, signature, text) {
  // A copy, because wasm memory may move while the key is imported.
  const bytes = signature.slice();
  try {
    const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), JWS[algorithm], false, ["verify"]);
    return await crypto.subtle.verify(JWS[algorithm], key, bytes, new TextEncoder().encode(text));
  } catch (error) {
    throw reasonOf(error);
  }
}

/**
 * Returns the response to the client. `head` has `status`, `headers` and `cookies` as JSON. `body` is bytes in wasm memory, or
 * the backend's response, whose body is streamed.
 */
export function respond(head, body) {
  return responseOf(head, body instanceof Uint8Array ? body : (body?.body ?? null));
}

function responseOf(head, content) {
  const init = JSON.parse(head);
  const { headers, cookies } = init;
  if ("Content-Encoding" in headers || "content-encoding" in headers) init.encodeBody = "manual";
  const response = new Response(content, init);
  for (const cookie of cookies) response.headers.append("set-cookie", cookie);
  return response;
}

/** Cancels a body that is not read. */
export function discard(source) {
  source.body?.cancel().catch(() => {});
}

/** The time for the rest of a client's body after the response was sent. */
const LINGER_MILLIS = 30_000;

/**
 * Returns the response to a client that may still be sending its body. If the connection is closed while bytes arrive, it is
 * reset, and many clients then report the reset instead of the response. So the response is sent at once, but it ends only
 * when the rest of the client's body was read, or after `LINGER_MILLIS`. (After the end of the response, the runtime does not
 * allow reading the request.)
 */
export function respondAmid(head, body, request) {
  if (body.length === 0 || request.body === null || request.body.locked) return respond(head, body);
  // The reading starts before this returns: otherwise `wrangler dev` would try to read the body, and would log an error.
  const read = readOn(request.body.getReader({ mode: "byob" }));
  const sink = new Sink(body.length);
  const written = sink.write(body);
  written
    .then(() => read)
    .then(() => sink.close())
    .catch(() => {});
  return sink.respond(head);
}

async function readOn(reader) {
  const timer = setTimeout(() => reader.cancel().catch(() => {}), LINGER_MILLIS);
  try {
    let buffer = new ArrayBuffer(64 * 1024);
    for (;;) {
      const { value, done } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      buffer = value.buffer;
    }
  } catch {
    // The client has disconnected.
  } finally {
    clearTimeout(timer);
  }
}

/** Returns a variable or secret as text, or undefined if it is not set. An object is returned as JSON. */
export function variable(env, name) {
  const value = env[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Reads a body in blocks of `size` bytes. The last block may be shorter. All blocks use the same buffer. */
export class Blocks {
  constructor(source, size) {
    this.reader = source.body?.getReader({ mode: "byob" });
    this.size = size;
    this.buffer = undefined;
    this.isOfClient = source instanceof Request;
    running.task.streams.push(this);
  }

  /**
   * Resolves to the next block, or to undefined at the end. The block is valid until the next call. Rejects with a string: the
   * reason why the body broke off.
   */
  async next() {
    if (this.reader === undefined) return undefined;
    this.buffer ??= new ArrayBuffer(this.size);
    const view = new Uint8Array(this.buffer, 0, this.size);
    const { value } = await untilClientLeaves(timeFor(this.size), this.reader.readAtLeast(this.size, view));
    this.buffer = value?.buffer;
    return value?.byteLength > 0 ? value : undefined;
  }

  cancel(reason) {
    this.reader?.cancel(reason).catch(() => {});
  }

  /** Releases the body, so that another reader can read the rest. A body that stands still is cancelled: a read is pending. */
  release() {
    try {
      this.reader?.releaseLock();
    } catch {
      this.cancel("the body stands still");
    }
  }

  /** Ends the reading after a failure of the gateway. The rest of a client's body can be read by `respondAmid`. */
  drop(reason) {
    if (this.isOfClient) this.release();
    else this.cancel(reason);
  }
}

/** Writes the body of a response. With `length`, it fails if another number of bytes is written. */
export class Sink {
  constructor(length) {
    const pipe = pipeOf(length);
    this.readable = pipe.readable;
    this.writer = pipe.writable.getWriter();
    this.buffer = new Uint8Array(0);
    running.task?.streams.push(this);
  }

  /**
   * Writes bytes of wasm memory. Resolves when they are sent and the client can receive more. It must not be called again
   * before that, because all writes use the same buffer. The bytes are copied, because wasm memory may move during the wait.
   * Rejects with a string.
   */
  write(bytes) {
    if (this.buffer.length < bytes.length) this.buffer = new Uint8Array(bytes.length);
    this.buffer.set(bytes);
    const written = this.writer.write(this.buffer.subarray(0, bytes.length));
    return untilClientLeaves(timeFor(bytes.length), written).catch((reason) => {
      this.abort(reason);
      throw reason;
    });
  }

  /** Writes the whole body, which is copied from wasm memory, and ends it. Resolves when it is sent. Rejects with a string. */
  send(bytes) {
    const written = this.writer.write(bytes.slice()).then(() => this.writer.close());
    return within(timeFor(bytes.length), written).catch((reason) => {
      this.abort(reason);
      throw reason;
    });
  }

  close() {
    return this.writer.close().catch(rethrow);
  }

  abort(reason) {
    this.writer.abort(new Error(reason)).catch(() => {});
  }

  /** Ends the response after a failure of the gateway, so that the client's connection breaks. */
  drop(reason) {
    this.abort(reason);
  }

  /** Returns the response whose body is written here. */
  respond(head) {
    return responseOf(head, this.readable);
  }
}

function reasonOf(error) {
  return typeof error === "string" ? error : String(error?.message ?? error);
}

function rethrow(error) {
  throw reasonOf(error);
}
