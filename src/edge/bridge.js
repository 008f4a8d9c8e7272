// The border between wasm and JavaScript. Every function is one crossing: heads of requests and responses go over as
// one string, bodies as one buffer or not at all. `fetch` and `Response` copy the bytes that they are given before they
// return (https://fetch.spec.whatwg.org/#concept-bodyinit-extract), so that a view of wasm memory is safe with them.

/** The names of the headers that are read. `undefined` stands for all headers. */
let requestNames;
let responseNames;

/** Sets the names of the headers that are read, one in each line. */
export function readHeaders(ofRequests, ofResponses) {
  requestNames = ofRequests?.split("\n");
  responseNames = ofResponses?.split("\n");
}

/**
 * One line for each header: the index of its name, a colon and the value; or the name itself, if all headers are read.
 * None of these can hold a line feed. `get` for some names costs a fraction of iterating over all of them.
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

/** The head of a client's request: method, URL, a new request id, the time in milliseconds, and the headers. */
export function requestHead(request) {
  const { method, url, headers } = request;
  return `${method}\n${url}\n${crypto.randomUUID()}\n${Date.now()}${linesOf(headers, requestNames)}`;
}

/** The head of a response: the status and the headers. All headers are read of the original API's. */
export function responseHead(response, isPassthrough) {
  return `${response.status}${linesOf(response.headers, isPassthrough ? undefined : responseNames)}`;
}

/** The longest body of a client that is held here on its way to the backend. That costs less than to pipe it. */
const HELD_BYTES = 128 * 1024;

/** The slowest upload, in bytes per millisecond. While a body is piped, it is not known which end is slow. */
const SLOWEST_UPLOAD = 16;

/** The longest delay of `setTimeout`, in milliseconds. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** The runtime reports a broken pipe in the same words, whichever of its ends broke. */
const EITHER_END = "(the server or the client broke the upload off)";

/**
 * Sends a request to a backend. `head` is its method, its URL and its headers, line by line. `body` is bytes in wasm memory, or the client's request, of which `length` bytes are sent.
 * Rejects with a string: `timeout` if the response has not begun within `millis` after the end of the body, `client: ` and
 * the reason if it is known that the client broke off, or what went wrong.
 */
export function send(head, body, length, millis, isS3) {
  const [method, url, ...lines] = head.split("\n");
  const init = {
    method,
    headers: headersOf(lines),
    redirect: "manual",
    encodeResponseBody: "manual",
  };
  // The stored bytes are needed, not a compressed form of them.
  init.headers["accept-encoding"] ??= "identity";
  // A cached response must not be used. `no-store` adds `Cache-Control` and `Pragma` to the request: S3 ignores them on
  // reads, and stores them with an object on writes. Other servers must not get them.
  if (!isS3) init.cf = UNCACHED;
  else if (method === "GET" || method === "HEAD") init.cache = "no-store";
  if (body === undefined) return within(millis, fetch(url, init));
  if (body instanceof Uint8Array) init.body = body;
  else if (length > HELD_BYTES) return upload(body, new FixedLengthStream(length), url, init, millis, length);
  return write(body, url, init, millis);
}

/** Sends a request whose body is held. */
async function write(body, url, init, millis) {
  init.body ??= await body.arrayBuffer().catch(blameClient);
  // A write that has timed out must not be done later.
  const control = new AbortController();
  init.signal = control.signal;
  try {
    return await within(millis, fetch(url, init));
  } catch (error) {
    control.abort();
    throw error;
  }
}

/** Options of `fetch` for a response that is not cached. They add no header to the request. */
const UNCACHED = { cacheTtlByStatus: { "100-599": -1 } };

/**
 * The result of a promise. Rejects with a string: `timeout` if it takes longer than `millis`, or what went wrong. The timer
 * is not cleared: it has no effect on a promise that is settled, and to clear it costs more than to let it end.
 */
function within(millis, promise) {
  return new Promise((resolve, reject) => {
    promise.then(resolve, (error) => reject(reasonOf(error)));
    setTimeout(reject, millis, "timeout");
  });
}

/**
 * Sends a client's request to the original API, the body as it comes; `length` is that of the body, if the client told it.
 * `head` has the headers to send: those that are the client's keep their spelling and their number of fields.
 * Rejects with a string, as `send` does.
 */
export async function passThrough(method, url, head, client, length, millis) {
  const init = {
    headers: headersLike(client, head),
    redirect: "manual",
    encodeResponseBody: "manual",
    cf: UNCACHED,
  };
  const { body } = client;
  if (body !== null && method !== "GET" && method !== "HEAD") {
    const pipe = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
    return upload(client, pipe, url, { ...init, method }, millis, length ?? Infinity);
  }
  // Only so GET and HEAD may have a body: as that of another request, whose method stays.
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

/** The headers of `head`, and those of them that are the client's as the client wrote them. */
function headersLike(client, head) {
  const headers = new Headers(client.headers);
  const wanted = new Map(Object.entries(headersOf(linesIn(head))));
  // Cloudflare has put its own value in place of the client's.
  const accepted = client.cf?.clientAcceptEncoding;
  if (accepted) wanted.set("accept-encoding", accepted);
  else if (accepted === "") wanted.delete("accept-encoding");
  for (const name of [...headers.keys()]) if (!wanted.has(name)) headers.delete(name);
  for (const [name, value] of wanted) if (headers.get(name) !== value) headers.set(name, value);
  return headers;
}

/** The response of the original API, as it came, without the headers whose names are the lines of `dropped`. */
export function respondAsItCame(response, dropped) {
  const { status, statusText, body } = response;
  // The constructor takes no other status.
  if (status > 599) return response;
  const headers = new Headers(response.headers);
  if (dropped !== "") for (const name of dropped.split("\n")) headers.delete(name);
  return new Response(body, { status, statusText, headers, encodeBody: "manual" });
}

/**
 * Sends a request whose body is the client's, through the runtime's own pipe. Resolves to the head of the response. If
 * anything fails, the server does not get the end of the body: S3 keeps the object that it has. `length` limits the time
 * of the upload.
 */
async function upload(client, { readable, writable }, url, init, millis, length) {
  const control = new AbortController();
  let timer;
  try {
    return await new Promise((resolve, reject) => {
      let isAnswered = false;
      const fail = (reason) => {
        // A response to a client that has left is of no use.
        if (!isAnswered || reason.startsWith("client: ")) control.abort();
        reject(reason);
      };
      const wait = (delay) => {
        clearTimeout(timer);
        if (!isAnswered) timer = setTimeout(fail, Math.min(delay, LONGEST_DELAY), "timeout");
      };
      wait(millis + length / SLOWEST_UPLOAD);
      client.signal?.addEventListener("abort", () => fail("client: the client has left"));
      client.body.pipeTo(writable).then(
        () => wait(millis),
        () => {}, // `fetch` reports it.
      );
      fetch(url, { ...init, body: readable, signal: control.signal }).then(
        (response) => {
          // The rest of the body is still sent: to break it off would break the response off, too.
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

function blameClient(error) {
  throw `client: ${reasonOf(error)}`;
}

/** SHA-256 of bytes in wasm memory, which are copied before this returns. */
export function sha256(bytes) {
  return crypto.subtle.digest("SHA-256", bytes);
}

/**
 * The whole body of a request or a response, or nothing where it is larger than `limit`. Rejects with a string:
 * `timeout` where it has not come within `millis` (0: however long it takes), else what broke it off.
 */
export function readAll(source, limit, millis) {
  const whole = wholeOf(source, limit);
  return millis === 0 ? whole.catch(rethrow) : within(millis, whole);
}

async function wholeOf(source, limit) {
  if (source.body === null) return new ArrayBuffer(0);
  // What is left of a client's body is read on when it is answered: `respondAmid`.
  const keepsRest = source instanceof Request;
  const length = source.headers.get("content-length");
  if (length !== null) {
    if (Number(length) <= limit) return source.arrayBuffer();
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
  return new Blob(chunks).arrayBuffer();
}

/** A request whose body is that of another one, decoded while it is read. */
export function decodedStream({ body }, format) {
  return new Request("http://decoded/", { method: "POST", body: body?.pipeThrough(new DecompressionStream(format)) });
}

/** The same for bytes in wasm memory, which are copied before this returns. */
export function decoded(bytes, format) {
  return decodedStream({ body: new Blob([bytes]).stream() }, format);
}

/**
 * Asks a server that is not S3, whose answer is short: the whole exchange takes at most `millis`, the answer at most
 * `limit` bytes. Resolves to its status, a line feed and its text; rejects with a string.
 */
export async function fetchText(method, url, head, body, millis, limit) {
  const init = {
    method,
    headers: headersOf(linesIn(head)),
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(millis),
  };
  if (method === "GET") init.cache = "no-store";
  try {
    const response = await fetch(url, init);
    const answer = await readAll(response, limit, 0);
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

/** Whether a signature is that of a JSON Web Key over a text. Rejects with a string where the key is none. */
export async function isSignedBy(algorithm, jwk, signature, text) {
  // Wasm memory may move while the key is imported.
  const bytes = signature.slice();
  try {
    const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), JWS[algorithm], false, ["verify"]);
    return await crypto.subtle.verify(JWS[algorithm], key, bytes, new TextEncoder().encode(text));
  } catch (error) {
    throw reasonOf(error);
  }
}

/** The response to the client. `body` is bytes in wasm memory, or S3's response, whose body then streams by. */
export function respond(status, head, body) {
  return responseOf(status, head, body instanceof Uint8Array ? body : (body?.body ?? null));
}

function responseOf(status, head, content) {
  const lines = linesIn(head);
  const headers = headersOf(lines);
  const isEncoded = "Content-Encoding" in headers || "content-encoding" in headers;
  const encodeBody = isEncoded ? "manual" : "automatic";
  const response = new Response(content, { status, headers, encodeBody });
  // The one header whose values cannot be joined (RFC 6265 section 3).
  if ("set-cookie" in headers) {
    response.headers.delete("set-cookie");
    for (const line of lines) if (line.startsWith("set-cookie:")) response.headers.append("set-cookie", line.slice(11));
  }
  return response;
}

/** Lets go of a body that nobody will read. */
export function discard(source) {
  source.body?.cancel().catch(() => {});
}

/** How long a client that has its answer may go on sending what it was about to. */
const LINGER_MILLIS = 30_000;

/**
 * Answers a client that may still be sending. A connection that is closed upon bytes that are still coming is reset, and
 * many clients then report that in place of the answer. So it gets the answer at once, but the exchange only ends when
 * the rest of its body has come. (After its end, the runtime lets nobody read on.)
 */
export function respondAmid(status, head, body, request) {
  if (body.length === 0 || request.body === null || request.body.locked) return respond(status, head, body);
  const rest = request.body.getReader({ mode: "byob" });
  const sink = new Sink(body.length);
  const written = sink.write(body);
  written
    .then(() => readOn(rest))
    .then(() => sink.close())
    .catch(() => {});
  return sink.respond(status, head);
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
    // The client has gone.
  } finally {
    clearTimeout(timer);
  }
}

/** A variable or secret as text; one that is an object as JSON. */
export function variable(env, name) {
  const value = env[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether an expression matches somewhere in a text; one that can only be read inside of another matches nothing. */
export function matches(pattern, text) {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return false;
  }
}

/** A body in blocks of `size` bytes, the last one excepted. One buffer serves for all of them. */
export class Blocks {
  constructor(source, size) {
    this.reader = source.body?.getReader({ mode: "byob" });
    this.size = size;
    this.buffer = undefined;
  }

  /**
   * The next block, or nothing at the end. It is good until the next call. Rejects with a string that says what broke
   * the body off.
   */
  async next() {
    if (this.reader === undefined) return undefined;
    this.buffer ??= new ArrayBuffer(this.size);
    const view = new Uint8Array(this.buffer, 0, this.size);
    const { value } = await this.reader.readAtLeast(this.size, view).catch(rethrow);
    this.buffer = value?.buffer;
    return value?.byteLength > 0 ? value : undefined;
  }

  cancel(reason) {
    this.reader?.cancel(reason).catch(() => {});
  }

  /** Leaves what has not been read to somebody else. */
  release() {
    this.reader?.releaseLock();
  }
}

/** The other end of a response's body; with a length it breaks if another number of bytes is written. */
export class Sink {
  constructor(length) {
    const pipe = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
    this.readable = pipe.readable;
    this.writer = pipe.writable.getWriter();
    this.buffer = new Uint8Array(0);
  }

  /**
   * Writes bytes of wasm memory, and resolves when they are gone and the client has room for more: only then it may be
   * called again, as one buffer serves for all of them. (Wasm memory itself may move meanwhile.) Rejects with a string.
   */
  write(bytes) {
    if (this.buffer.length < bytes.length) this.buffer = new Uint8Array(bytes.length);
    this.buffer.set(bytes);
    return this.writer.write(this.buffer.subarray(0, bytes.length)).catch(rethrow);
  }

  close() {
    return this.writer.close().catch(rethrow);
  }

  abort(reason) {
    this.writer.abort(new Error(reason)).catch(() => {});
  }

  /** The response around it. */
  respond(status, head) {
    return responseOf(status, head, this.readable);
  }
}

function reasonOf(error) {
  return typeof error === "string" ? error : String(error?.message ?? error);
}

function rethrow(error) {
  throw reasonOf(error);
}

/**
 * Headers as `fetch` and `Response` take them quickest: an object, whose keys are names as they are written. (A `Headers`
 * costs a call into the runtime a header, an array of pairs several.)
 */
function headersOf(lines) {
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1);
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

/** The lines of a head; none of an empty one. */
const linesIn = (head) => (head === "" ? [] : head.split("\n"));
