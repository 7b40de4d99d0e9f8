/**
 * The page: makes its parts and connects them.
 *
 * @module
 */

import { headStart } from "./ahead.js";
import { DEFAULT_ENGINE } from "./engines/catalogue.js";
import { loadText, preferredLanguage, translate } from "./i18n.js";
import { imported } from "./integrity.js";
import { startOffline } from "./offline.js";
import { problemOf, Session, tell } from "./session.js";
import { Store } from "./store.js";
import { showAnswer } from "./views/answer.js";
import { connectDesk } from "./views/desk.js";
import { find } from "./views/dom.js";
import { useLanguages } from "./views/languages.js";
import { showMessages } from "./views/messages.js";
import { isVisible, showSections } from "./views/sections.js";

/** @typedef {import("./store.js").State} State */

/** @typedef {(panel: HTMLElement, session: Session) => (state: State) => void} Show */

/** @type {Record<string, { load: () => Promise<Show>, shows: (keyof State)[] }>} what a section shows of the state */
const SECTIONS = {
  sees: {
    load: async () => (await import("./views/sees.js")).showSees,
    shows: ["text", "answer", "isNaiveShown"],
  },
  inside: {
    load: async () => (await import("./views/inside.js")).showInside,
    shows: ["text", "layers", "map", "engine"],
  },
  engines: {
    load: async () => (await import("./views/engines.js")).showEngines,
    shows: ["text", "engine", "timings", "unsupported"],
  },
  check: {
    load: async () => (await import("./views/check.js")).showCheck,
    shows: ["text", "engine", "check"],
  },
};

const FAILED = /** @type {const} */ ({ id: DEFAULT_ENGINE, status: "failed" });

const text = await loadText(preferredLanguage());
const store = new Store({
  text,
  labels: [],
  engine: { id: DEFAULT_ENGINE, status: "loading" },
  unsupported: {},
  timings: {},
  answer: null,
  open: [],
  isNaiveShown: false,
  layers: [],
  map: null,
  check: { isRunning: false, isStopped: false, done: 0, total: 1, result: null },
  problem: null,
  update: null,
});

/** @type {Session | undefined} */
let session;
const paper = connectDesk(store, () => session?.ask());
useLanguages(find(document, "#language", HTMLButtonElement), store);
store.watch(showAnswer(find(document, "#answer", HTMLElement)));
store.watch(showMessages(document));
store.watch(askForMore());

const sessionMade = headStart.then((begun) => new Session({ store, paper, wantsLayers, headStart: begun }));
showSections(find(document, "#sections", HTMLElement), store, (name, panel) =>
  fillSection(name, panel).catch((error) => tell(store, "error.section", error)),
);
await sessionMade.then(run, (error) => store.set({ problem: problemOf("error.answer", error), engine: FAILED }));

/** @param {Session} made */
async function run(made) {
  session = made;
  store.set({ labels: session.contract.labels });
  await session.useDefaultEngine();
  await startOffline({ onUpdate: (apply) => store.set({ update: apply }) });
}

/** @returns {(state: State) => void} asks again when the visitor wants to see more than the answer */
function askForMore() {
  let wishes = "";
  return ({ isNaiveShown }) => {
    const now = `${isNaiveShown} ${wantsLayers()}`;
    if (now !== wishes) {
      wishes = now;
      session?.ask();
    }
  };
}

function wantsLayers() {
  return isVisible(store.state, "inside");
}

/**
 * @param {string} name
 * @param {HTMLElement} panel
 */
async function fillSection(name, panel) {
  const { load, shows } = SECTIONS[name];
  const made = await sessionMade.catch(() => null);
  if (made === null) {
    return; // The page says already what is missing.
  }
  const show = await imported(`views/${name}.js`, load());
  const render = show(panel, made);
  translate(panel, store.state.text);
  let shown = /** @type {State | null} */ (null);
  store.watch((state) => {
    const before = shown;
    shown = panel.hidden ? null : state;
    if (shown && shows.some((part) => state[part] !== before?.[part])) {
      render(state);
    }
  });
}
