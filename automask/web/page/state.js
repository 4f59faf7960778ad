/** What the page knows: one object that is never changed but replaced. */

export const SIDES = ["photo", "art"];

export const EMPTY = {
  about: null, // what the server offers
  pictures: { photo: null, art: null },
  found: { photo: null, art: null }, // masks of each picture; null: none yet
  troubles: { photo: null, art: null }, // why there are none
  editable: { photo: false, art: false }, // whether the editor has the picture's masks
  used: null, // names of the masks that a run would use; null: not known
  drawn: { photo: {}, art: {} }, // {name: {id, empty}}: masks painted by hand
  regions: [], // names of one's own
  weights: {}, // {name: 0..1}, where it is not 1
  off: [], // names that do not count
  hidden: [], // names whose overlay is not shown
  solo: null, // a name, shown alone
  painting: null, // a name, being painted
  side: "photo", // the picture that tools act on
  values: {}, // {key: value} that differ from the defaults
  view: "both", // "photo", "art", "both" or "result"
  jobs: {}, // {id: job}
  shown: null, // id of the job in the view "result"
  against: null, // id of the job it is compared with; null: the photograph
  revision: 0, // changes when masks are to be shown anew
  preview: null, // id of the preview that is on its way
  trouble: null, // why there is none
  settled: false, // whether what is shown has these settings: no preview is needed
  busy: false, // whether a job is being sent
  gone: false, // whether the server does not answer
};

const KEPT = [
  "pictures",
  "drawn",
  "regions",
  "weights",
  "off",
  "hidden",
  "values",
  "view",
  "shown",
  "against",
];

export class Store extends EventTarget {
  #state;
  #told = new Set();
  #telling = false;

  constructor(state = EMPTY) {
    super();
    this.#state = state;
  }

  get state() {
    return this.#state;
  }

  /** @param {object|function(object): object} change some of the state's fields */
  set(change) {
    const now = typeof change === "function" ? change(this.#state) : change;
    this.#state = { ...this.#state, ...now };
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      for (const tell of this.#told) tell();
    });
  }

  /** Changes one entry of a field that has one for each name, such as drawn.photo. */
  setIn(field, key, value) {
    this.set((state) => ({ [field]: { ...state[field], [key]: value } }));
  }

  /**
   * Calls now and whenever what is chosen from the state has changed.
   *
   * @param {function(object): any[]} choose fields, compared one by one
   * @param {function(...any): void} act gets them
   */
  watch(choose, act) {
    let last = null;
    const tell = () => {
      const now = choose(this.#state);
      if (last && now.every((each, index) => Object.is(each, last[index]))) return;
      last = now;
      act(...now);
    };
    this.#told.add(tell);
    tell();
  }
}

/** @returns {object} what is kept on the server */
export function draft(state) {
  return Object.fromEntries(KEPT.map((field) => [field, state[field]]));
}

/** @param {any} kept as from draft @returns {object} its fields that have the right form */
export function restored(kept) {
  const alike = (one, other) =>
    other === null || (typeof one === typeof other && Array.isArray(one) === Array.isArray(other));
  const right = KEPT.filter(
    (field) => kept?.[field] !== undefined && kept[field] !== null && alike(kept[field], EMPTY[field]),
  );
  return Object.fromEntries(right.map((field) => [field, kept[field]]));
}

/** @returns {any[]} the list with or without the item */
export function toggled(list, item, there) {
  const others = list.filter((each) => each !== item);
  return there ? [...others, item] : others;
}

/** @returns {object} the object without that key */
export function without(object, key) {
  return Object.fromEntries(Object.entries(object).filter(([each]) => each !== key));
}
