// The sound of a hit. A browser plays none before a person has done something on the page; so it is switched on by hand.

export class Sound {
  constructor() {
    this.on = false;
    this.context = null;
  }

  async toggle() {
    this.on = !this.on;
    if (this.on) {
      this.context ??= new AudioContext();
      await this.context.resume();
      this.#tone(523, 0, 0.1);
    }
    return this.on;
  }

  // A late hit falls, one in time rises: told apart without looking.
  hit(late) {
    if (!this.on || this.context?.state !== "running") return;
    const [first, second] = late ? [659, 440] : [659, 988];
    this.#tone(first, 0, 0.16);
    this.#tone(second, 0.17, 0.3);
  }

  #tone(hertz, after, lasts) {
    const begins = this.context.currentTime + after;
    const tone = this.context.createOscillator();
    const volume = this.context.createGain();
    tone.type = "sine";
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, begins);
    volume.gain.linearRampToValueAtTime(0.25, begins + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, begins + lasts);
    tone.connect(volume).connect(this.context.destination);
    tone.start(begins);
    tone.stop(begins + lasts);
  }
}
