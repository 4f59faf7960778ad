/** What the masks and controls come to: the rows of the list, and what a job is asked for. */

import { SIDES } from "./state.js";

export const NAME = /^[A-Za-z][A-Za-z0-9_-]*( [A-Za-z0-9_-]+)*$/;

/**
 * One row for each name, in the order found; regions of one's own come last.
 *
 * @param {object} state
 * @returns {{name: string, level: number, own: boolean, only: ?string, missing: string[],
 *   edited: boolean, sure: ?number, on: boolean, weight: number, shown: boolean,
 *   counted: boolean, sides: object}[]} sides: {photo, art}, a mask that was found or null
 */
export function maskRows(state) {
  const { found, drawn, regions } = state;
  const names = SIDES.flatMap((side) => (found[side] ?? []).map(({ name }) => name));
  const painted = SIDES.flatMap((side) => Object.keys(drawn[side]));
  const ordered = [...new Set([...parentsFirst(names, found), ...regions, ...painted])];
  const searched = SIDES.every((side) => found[side] || state.troubles[side] || !state.pictures[side]);
  return ordered.map((name) => {
    const sides = Object.fromEntries(
      SIDES.map((side) => [side, found[side]?.find((mask) => mask.name === name) ?? null]),
    );
    const byHand = (side) => Boolean(drawn[side][name] && !drawn[side][name].empty);
    const there = SIDES.filter((side) => sides[side] || byHand(side));
    const own = (searched || regions.includes(name)) && !sides.photo && !sides.art;
    const missing = SIDES.filter((side) => !there.includes(side) && state.pictures[side]);
    return {
      name,
      sides,
      own,
      missing,
      level: sides.photo?.level ?? sides.art?.level ?? 0,
      only: there.length === 1 && missing.length ? there[0] : null,
      edited: SIDES.some((side) => drawn[side][name]),
      sure: sureOf(sides, drawn, name),
      on: !state.off.includes(name),
      weight: state.weights[name] ?? 1,
      shown: !state.hidden.includes(name),
      counted: !missing.length && (!state.used || state.used.includes(name) || own || SIDES.some(byHand)),
    };
  });
}

/** Parts follow what they are parts of; names of one side come behind their neighbours. */
function parentsFirst(names, found) {
  const level = (name) =>
    SIDES.map((side) => found[side]?.find((mask) => mask.name === name)?.level).find(
      (each) => each !== undefined,
    );
  const distinct = [...new Set(names)];
  const tops = distinct.filter((name) => level(name) === 0 && name !== "person");
  const parts = distinct
    .filter((name) => !tops.includes(name))
    .sort((one, other) => level(one) - level(other));
  return [...parts, ...tops];
}

/** @returns {?number} the product of both pictures' confidence; null for what is painted alone */
function sureOf(sides, drawn, name) {
  const each = SIDES.map((side) => (drawn[side][name] ? 1 : sides[side]?.confidence)).filter(
    (value) => value !== undefined,
  );
  const found = SIDES.some((side) => sides[side] && !drawn[side][name]);
  return found ? each.reduce((product, value) => product * value, 1) : null;
}

/** @returns {boolean} whether both pictures and their masks are there */
export function ready({ pictures, found, troubles }) {
  return SIDES.every((side) => pictures[side] && (found[side] || troubles[side]));
}

/** @returns {boolean} whether every picture that is there can be painted on */
export function editable({ pictures, editable: there }) {
  const sides = SIDES.filter((side) => pictures[side]);
  return sides.length > 0 && sides.every((side) => there[side]);
}

/**
 * The body of a job.
 *
 * @param {object} state
 * @param {object} [others] fields beside; keys are joined with those of the controls
 */
export function jobWish(state, { keys = {}, ...others } = {}) {
  const masks = {};
  const style_masks = {};
  for (const row of maskRows(state)) {
    const [photo, art] = SIDES.map((side) =>
      row.missing.includes(side) ? null : (state.drawn[side][row.name]?.id ?? null),
    );
    if (row.missing.length && row.own) continue;
    const weight = row.on ? row.weight : 0;
    if (photo || weight !== 1) masks[row.name] = { drawn: photo, weight };
    if (art) style_masks[row.name] = { drawn: art };
  }
  const { photo, art } = state.pictures;
  return {
    content: photo.id,
    style: art.id,
    keys: { ...state.values, ...keys },
    masks,
    style_masks,
    ...others,
  };
}

/** @returns {object} the fields of the state that make the same picture as the job */
export function settingsOf(job, about) {
  const keys = new Set(about.controls.map(({ key }) => key));
  const usual = Object.fromEntries(about.controls.map(({ key, default: value }) => [key, value]));
  const values = Object.entries(job.keys).filter(([key, value]) => keys.has(key) && value !== usual[key]);
  const drawn = (masks) =>
    Object.fromEntries(
      Object.entries(masks ?? {})
        .filter(([, mask]) => mask.drawn)
        .map(([name, mask]) => [name, { id: mask.drawn, empty: false }]),
    );
  const weights = Object.entries(job.masks ?? {}).map(([name, { weight = 1 }]) => [name, weight]);
  return {
    values: Object.fromEntries(values),
    drawn: { photo: drawn(job.masks), art: drawn(job.style_masks) },
    weights: Object.fromEntries(weights.filter(([, weight]) => weight !== 1 && weight !== 0)),
    off: weights.filter(([, weight]) => weight === 0).map(([name]) => name),
  };
}
