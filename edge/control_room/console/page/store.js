// What the program says that is so, and whether it still says anything.

const SILENT_MS = 5000; // the program gives a sign of life every two seconds
const AGAIN_MS = 1500;

export class Store {
  constructor() {
    this.documents = new Map();
    this.offset = 0; // the program's clock less this browser's, in milliseconds
    this.reach = "opening"; // opening, here, away, over
    this.heard = 0;
    this.listeners = new Set();
    this.arrivals = new Set();
    this.marker = "";
    this.settled = false; // whether everything from before this page was opened has come
  }

  now() {
    return Date.now() + this.offset;
  }

  all(kind) {
    const prefix = `${kind}/`;
    return [...this.documents].filter(([name, one]) => name.startsWith(prefix) && !one.gone).map(([, one]) => one);
  }

  get(name) {
    return this.documents.get(name);
  }

  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  onArrival(listener) {
    this.arrivals.add(listener);
    return () => this.arrivals.delete(listener);
  }

  open() {
    this.source = new EventSource(`/events?after=${encodeURIComponent(this.marker)}`);
    this.source.addEventListener("anew", () => this.#anew());
    this.source.addEventListener("is", (event) => this.#is(event));
    this.source.addEventListener("beat", (event) => this.#beat(event));
    this.source.onerror = () => this.#lost();
    this.watch ??= setInterval(() => {
      if (this.heard && performance.now() - this.heard > SILENT_MS && this.reach === "here") this.#lost(true);
    }, 1000);
  }

  #anew() {
    this.documents.clear();
    this.settled = false;
    this.#changed();
  }

  #is(event) {
    const { name, document } = JSON.parse(event.data);
    const before = this.documents.get(name);
    this.documents.set(name, document);
    this.marker = event.lastEventId;
    this.#alive();
    // It may have been found in the folder, sealed, a moment before it came over the wire.
    if (name.startsWith("hit/") && document.arrived && !before?.arrived) {
      for (const told of this.arrivals) told(document, this.settled);
    }
    this.#changed();
  }

  #beat(event) {
    this.offset = Date.parse(JSON.parse(event.data).now) - Date.now();
    this.settled = true;
    this.#alive();
    this.#changed();
  }

  #alive() {
    this.heard = performance.now();
    this.reach = "here";
  }

  async #lost(silent = false) {
    const closed = this.source.readyState === EventSource.CLOSED;
    this.reach = "away";
    this.#changed();
    if (!closed && !silent) return; // the browser connects again by itself, and says where it was
    this.source.close();
    const over = await fetch("/mark.svg").then((answer) => answer.status === 403, () => false);
    this.reach = over ? "over" : "away";
    this.#changed();
    if (!over) setTimeout(() => this.open(), AGAIN_MS);
  }

  #changed() {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      for (const listener of this.listeners) listener();
    });
  }
}
