/** The server's API, see docs/web.md. Every failure is an Error whose message is one sentence. */

import { say, words } from "./words.js";

const BASE = "api/v1";

/** @returns {string} the address of a picture of that size at most, px */
export const imageOf = (picture, side) => `${BASE}/pictures/${picture.id}/image?side=${side}`;
export const drawnOf = (id) => `${BASE}/drawn/${id}.png`;
export const jobFile = (id, file) => `${BASE}/jobs/${id}/${file}`;

export class Refused extends Error {
  /** @param {string} message @param {number} status 0: the server does not answer */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {{json?: any, body?: Blob, headers?: object, keepalive?: boolean}} [given]
 * @returns {Promise<any>} the answer's JSON
 * @throws {Refused}
 */
export async function request(method, path, { json, body, headers = {}, keepalive = false } = {}) {
  const sent = json === undefined ? body : JSON.stringify(json);
  const type = json === undefined ? body?.type : "application/json";
  const answer = await fetch(`${BASE}/${path}`, {
    method,
    body: sent,
    keepalive,
    headers: type ? { "Content-Type": type, ...headers } : headers,
  }).catch(() => {
    throw new Refused(words.server.unreachable, 0);
  });
  const said = await answer.json().catch(() => null);
  if (!answer.ok) throw refusal(answer.status, said);
  return said;
}

export const get = (path, given) => request("GET", path, given);
export const post = (path, json) => request("POST", path, { json });

/**
 * Sends a picture file.
 *
 * @param {File} file
 * @param {"photo"|"art"} kind
 * @param {function(number): void} progress 0..1
 * @returns {Promise<object>} the picture
 */
export function upload(file, kind, progress) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest(); // fetch tells no progress
    const name = new URLSearchParams({ name: file.name, kind });
    sending.open("POST", `${BASE}/pictures?${name}`);
    sending.responseType = "json";
    sending.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    sending.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    sending.onerror = () => reject(new Refused(words.server.unreachable, 0));
    sending.onload = () => {
      if (sending.status < 300) resolve(sending.response);
      else reject(refusal(sending.status, sending.response));
    };
    sending.send(file);
  });
}

function refusal(status, said) {
  const told = typeof said?.detail === "string" ? said.detail : null;
  return new Refused(told ?? say(words.server.failed, { status }), status);
}
