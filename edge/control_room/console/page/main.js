// The page: what the program says is so, shown; and what a person does about it, asked.
import { html, render, useEffect, useReducer, useRef, useState } from "/render.js";
import { Device } from "/devices.js";
import { Keys, Order } from "/dialogs.js";
import { Hit } from "/hit.js";
import { Plan } from "/plan.js";
import { Queue, sorted, waits } from "/queue.js";
import { Sound } from "/sound.js";
import { Store } from "/store.js";
import { clockTime, date, span, time } from "/words.js";

const store = new Store();
const sound = new Sound();

function useStore() {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    const stop = store.listen(again);
    const tick = setInterval(again, 1000);
    return () => {
      stop();
      clearInterval(tick);
    };
  }, []);
}

const REACH = {
  opening: ["Opening", "The program is being asked."],
  away: ["Connection lost", "What you see is old. It is tried again."],
  over: ["Session over", "Fetch another link from the program's terminal: press Enter there."],
};

function Reach({ devices }) {
  const broker = devices.filter((device) => !device.connected).length;
  if (store.reach !== "here") {
    const [what, more] = REACH[store.reach];
    return html`<p class="reach" data-reach=${store.reach}><strong>${what}</strong> ${more}</p>`;
  }
  if (broker) return html`<p class="reach" data-reach="broker"><strong>Broker away</strong> ${broker} of ${devices.length} devices cannot be heard. Hits wait on them, sealed.</p>`;
  return html`<p class="reach" data-reach="here"><strong>Connected</strong> to the broker; ${devices.length} ${devices.length === 1 ? "device" : "devices"}</p>`;
}

function Page() {
  useStore();
  const [chosen, setChosen] = useState(null);
  const [order, setOrder] = useState(null);
  const [keys, setKeys] = useState(false);
  const [on, setOn] = useState(false);
  const [trouble, setTrouble] = useState(null);
  const [told, setTold] = useState("");
  const open = useRef(null);
  open.current = chosen;

  const place = store.get("place");
  const devices = store.all("device").sort((one, other) => one.id.localeCompare(other.id));
  const byId = new Map(devices.map((device) => [device.id, device]));
  const hits = sorted(store.all("hit"));
  const now = store.now();
  const mine = hits.filter((hit) => waits(hit) && hit.mine);
  const hit = hits.find((one) => one.id === chosen);
  const waiting = new Set(hits.filter(waits).map((one) => one.device));
  const count = (device) => hits.filter((one) => waits(one) && one.device === device.id).length;

  const choose = (id) => setChosen(id);
  const next = () => {
    const found = mine.find((one) => one.id !== open.current) ?? mine[0];
    if (found) choose(found.id);
  };
  const toggle = async () => setOn(await sound.toggle());
  const act = useRef({});
  act.current = { next, toggle };

  useEffect(() => store.onArrival((came, live) => {
    if (!live || !came.mine) return;
    sound.hit(came.late);
    setTold(`${came.late ? `Late by ${span(came.late)}: p` : "P"}ossible match at ${store.get(`device/${came.device}`)?.label ?? came.device}, ${time(came.captured)}`);
    // Nothing is taken away from somebody who is about to decide.
    const busy = open.current && store.get(`hit/${open.current}`);
    if (!busy || !waits(busy) || !busy.mine) setChosen(came.id);
  }), []);

  useEffect(() => {
    const pressed = (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      const does = {
        F1: () => setKeys(true),
        F2: () => act.current.next(),
        F4: () => document.getElementById("look")?.click(),
        F8: () => act.current.toggle(),
      }[event.key];
      if (!does || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      does();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);

  useEffect(() => {
    document.title = `${mine.length ? `(${mine.length}) ` : ""}${place?.name ?? "Lamppost"} – console`;
  });

  return html`
    <a class="skip" href="#main">To the hit that is open</a>
    <header class="top">
      <div class="brand"><img src="/mark.svg" alt="" width="28" height="28" /><h1>${place?.name ?? "Lamppost"}</h1></div>
      <div role="status" aria-live="polite"><${Reach} devices=${devices} /></div>
      <div class="tools">
        <time class="now"><b>${clockTime(now)}</b> ${date(now)}</time>
        <button onClick=${next} disabled=${!mine.length} aria-keyshortcuts="F2">Next hit <kbd>F2</kbd></button>
        <button onClick=${toggle} aria-pressed=${on ? "true" : "false"} aria-keyshortcuts="F8" class=${on ? "" : "attention"}>Sound ${on ? "on" : "off"} <kbd>F8</kbd></button>
        <button onClick=${() => setKeys(true)} aria-keyshortcuts="F1">Keys <kbd>F1</kbd></button>
      </div>
    </header>
    <p class="only-read" role="alert">${told}</p>
    ${trouble && html`<p class="trouble wide" role="alert"><span><strong>${trouble.message}</strong> ${trouble.remedy}</span><button onClick=${() => setTrouble(null)}>Close</button></p>`}
    ${store.get("trouble")?.what && html`<p class="trouble wide" role="alert">${store.get("trouble").what}</p>`}
    <div class="columns" data-reach=${store.reach}>
      <${Queue} ...${{ hits, devices: byId, chosen, now, onChoose: choose }} />
      <main id="main" tabindex="-1">
        ${hit
          ? html`<${Hit} key=${hit.id} hit=${hit} device=${byId.get(hit.device)} now=${now} second=${place?.second} say=${setTrouble}
              onWithdraw=${(entry) => setOrder({ kind: "withdraw", device: byId.get(hit.device), entry })} />`
          : html`<section class="calm">
              <h2>${mine.length ? `${mine.length} waiting for you` : "Nothing waits for you"}</h2>
              <p class="fine">${mine.length ? "F2 opens the next." : "A hit opens here by itself. Nobody else is ever shown."}</p>
              <${Plan} place=${place} devices=${devices} waiting=${waiting} />
            </section>`}
      </main>
      <section class="posts" aria-label="Devices">
        <h2>Devices <span class="number">${devices.length}</span></h2>
        ${hit && html`<${Plan} place=${place} devices=${devices} waiting=${waiting} />`}
        <ul class="devices">
          ${devices.map((device) => html`<${Device} key=${device.id} device=${device} now=${now} waiting=${count(device)} onAsk=${(kind, of) => setOrder({ kind, device: of })} />`)}
        </ul>
        <p class="fine">Presence is shown here. It is signed on scene, by nobody in this room.</p>
        <p class="fine">You decide as reviewer <code>${place?.me}</code>.</p>
      </section>
    </div>
    ${order && html`<${Order} ...${order} say=${setTrouble} onClose=${() => setOrder(null)} />`}
    ${keys && html`<${Keys} onClose=${() => setKeys(false)} />`}
  `;
}

const root = document.getElementById("page");
root.replaceChildren();
render(html`<${Page} />`, root);
store.open();
