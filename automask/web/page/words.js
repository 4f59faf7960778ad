/** Everything the page says, in English; {name} and the like are filled in by `say`. */

export const words = {
  brand: "automask",
  views: "What is shown",
  stage: "Picture",
  sections: "Sections",
  zoom: "Zoom",
  tools: "Brush",
  historyTitle: "Painted so far",
  masksTitle: "Masks",
  pictures: "Pictures",
  painting: "Painting",

  view: { photo: "Photograph", art: "Painting", both: "Side by side", result: "Result" },
  section: { pictures: "Pictures", masks: "Masks", painting: "Painting", history: "History" },
  side: { photo: "photograph", art: "painting" },

  source: {
    photo: "Photograph",
    art: "Painting",
    drop: { photo: "Drop a photograph", art: "Drop a painting" },
    hint: "or paste it, or",
    choose: "Choose a file",
    choosing: { photo: "Choose a photograph", art: "Choose a painting" },
    samples: { photo: "or one of these", art: "or one of these styles" },
    replace: { photo: "Another photograph", art: "Another painting" },
    show: { photo: "Show the photograph {name}", art: "Show the painting {name}" },
    size: "{width} × {height}",
    uploading: "Sending {name}, {percent} %",
    use: "Use {name}",
    is: { photo: "The photograph is {name}", art: "The painting is {name}" },
    notPicture: "{name} is not a picture.",
    tooLarge: "{name} is {size} MB; at most {most} MB can be sent.",
    none: "Nothing that was pasted or dropped is a picture.",
  },

  mask: {
    empty: "Choose a photograph and a painting, and what they show appears here.",
    searching: "Looking for masks …",
    failed: "The masks could not be found: {error}",
    alone: "Show {name} alone",
    hide: "Hide {name}",
    show: "Show {name}",
    use: "Use {name} in matching",
    weight: "How much {name} counts",
    paint: "Paint {name}",
    reset: "Automatic mask of {name} again",
    remove: "Remove {name}",
    edited: "by hand",
    only: { photo: "photograph only", art: "painting only" },
    missing: { photo: "Still to paint on the photograph", art: "Still to paint on the painting" },
    own: "your region",
    unused: "not counted",
    sure: ["very unsure", "unsure", "fairly sure", "sure", "very sure"],
    sureness: "{words}, {percent} %",
    drawn: "painted by hand",
    add: "New region",
    name: "Name of the new region",
    example: "such as balloon",
    adding: "Add",
    cancel: "Cancel",
    badName: "A name begins with a letter and has letters, digits, spaces, - and _ alone, 40 at most.",
    taken: "There is a mask of that name already.",
    both: "Paint {name} on both pictures.",
    found: { photo: "{count} masks found in the photograph", art: "{count} masks found in the painting" },
    allShown: "Show all",
    saving: "The mask {name} could not be kept: {error}",
    whyUnused: "The pictures do not share it, or it is too unsure.",
  },

  tool: {
    painting: "{name} on the {side}",
    brush: "Brush (B)",
    eraser: "Eraser (E)",
    pan: "Move the picture (space)",
    size: "Size",
    softness: "Softness",
    strength: "Strength",
    fill: "Fill (F)",
    invert: "Invert (X)",
    undo: "Undo (Ctrl+Z)",
    redo: "Redo (Shift+Ctrl+Z)",
    reset: "Automatic mask again",
    done: "Done",
    pixels: "{value} px",
    percent: "{value} %",
  },

  zooming: { in: "Closer (+)", out: "Farther (−)", fit: "Whole picture (0)" },

  control: {
    title: "Painting",
    more: "More",
    about: "About {label}",
    reset: "{label} as usual",
    key: "In a configuration:",
  },

  paint: {
    button: "Paint",
    key: "Ctrl ↵",
    variants: "Variants",
    needs: "Choose a photograph and a painting first.",
    waiting: "The masks are still being found.",
    started: "Painting has begun",
  },

  job: {
    waiting: "Waiting",
    place: "Waiting, place {place}",
    starting: "Getting ready",
    running: "Level {level} of {levels} · step {iteration} of {iterations}",
    paused: "Paused at {percent} %",
    percent: "{percent} %",
    left: "{time} left",
    failed: "Failed: {error}",
    unknown: "It stopped without saying why.",
    cancelled: "Cancelled",
    done: "Done in {time}",
    preview: "Preview",
    previewing: "Preview …",
    pause: "Pause",
    resume: "Resume",
    cancel: "Cancel",
    use: "Use these settings",
    save: "Save",
    remove: "Delete",
    against: "Compared with {name}",
    photograph: "Compare with the photograph",
    announceDone: "{name} is painted",
    announcePreview: "The preview is there",
    pair: "{content} × {style}",
    progress: "Progress of {name}",
    seconds: "{value} s",
    minutes: "{minutes} min {seconds} s",
    warning: "Note: {text}",
  },

  compare: {
    handle: "Border between before and after",
    value: "{percent} % {before}, the rest {after}",
    photograph: "Photograph",
    result: "Result",
    preview: "Preview",
    failed: "Failed",
    empty: "Choose a photograph and a painting. A preview appears here by itself.",
    soon: "The first preview is on its way.",
    inset: "Show the result",
  },

  variant: {
    title: "Variants",
    explain:
      "Small pictures with different settings. Click one to use its settings, or pick two to compare them.",
    gamma: "γ",
    gammaLabel: "Values of γ, with commas",
    strength: "Strength",
    strengthLabel: "Values of the strength, with commas",
    make: "Make {count}",
    close: "Close",
    name: "γ {gamma} · strength {strength}",
    useName: "Use {name}",
    pick: "Compare {name}",
    compare: "Compare the two",
    pickTwo: "Pick two to compare",
    wrong: "Write numbers with commas: γ from 0, strength from 0 to 1; 12 pictures at most.",
    used: "The settings {name} are used",
    open: "{count} variants of {name}",
  },

  history: {
    show: "{name}, {settings}",
    usual: "usual settings",
    waiting: "place {place}",
    removed: "{name} is deleted",
    gone: "A picture of that job is no longer there: {error}",
    restored: "Its pictures, masks and settings are used now",
  },

  export: {
    png: "PNG",
    jpeg: "JPEG",
    masks: "Masks (zip)",
    run: "run.json",
    bundle: "Everything (zip)",
    command: "The command line that paints the same picture",
    copy: "Copy",
    copied: "Copied",
  },

  server: {
    gone: "The server does not answer. Trying again …",
    back: "The server is there again",
    unreachable: "The server does not answer.",
    failed: "The server answered {status}.",
  },
};

/**
 * @param {string} text with {keys}
 * @param {Object<string, string|number>} [values]
 */
export function say(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/** Puts the words that the page's elements name by data-word and data-word-label. */
export function fillWords(root) {
  for (const element of root.querySelectorAll("[data-word]")) {
    element.textContent = words[element.dataset.word];
  }
  for (const element of root.querySelectorAll("[data-word-label]")) {
    const word = words[element.dataset.wordLabel];
    element.setAttribute("aria-label", typeof word === "string" ? word : word.title);
  }
}

/** @param {number} seconds @returns {string} such as "1 min 20 s" */
export function duration(seconds) {
  const whole = Math.max(Math.round(seconds), seconds > 0 ? 1 : 0);
  if (whole < 60) return say(words.job.seconds, { value: whole });
  return say(words.job.minutes, { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

/** @param {number} share 0..1 @returns {string} how sure a mask is */
export function sureness(share) {
  return say(words.mask.sureness, { words: sureWords(share), percent: Math.round(100 * share) });
}

/** @returns {string} the same without its number */
export function sureWords(share) {
  const { sure } = words.mask;
  return sure[Math.min(Math.floor(share * sure.length), sure.length - 1)];
}
