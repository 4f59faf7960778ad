/** The name of this tab, by which the server keeps its state apart from that of others. */

const KEY = "automask-tab";

/** @returns {Promise<string>} kept through reloads; a tab's copy gets a name of its own */
export async function tabName() {
  const kept = sessionStorage.getItem(KEY);
  const name = kept && (await claim(kept)) ? kept : fresh();
  if (name !== kept) await claim(name);
  sessionStorage.setItem(KEY, name);
  return name;
}

function fresh() {
  const numbers = crypto.getRandomValues(new Uint8Array(16));
  return [...numbers].map((number) => number.toString(16).padStart(2, "0")).join("");
}

/** Holds the name for as long as the page lives. @returns {Promise<boolean>} false: another tab has it */
function claim(name) {
  if (!navigator.locks) return Promise.resolve(true); // where the page is not served securely
  return new Promise((resolve) => {
    navigator.locks.request(`${KEY}-${name}`, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      return lock ? new Promise(() => {}) : undefined;
    });
  });
}
