// @vladmandic/face-api: SSD MobileNet v1, 68 landmarks, ResNet-34, 128 numbers, Euclidean distance. Defaults
// throughout; on WebAssembly, the backend that needs no compiled add-on, with one thread. The models that guess age,
// sex and expression are not loaded.
//
//     node face_api.cjs FILE FOLDER        FOLDER is where node_modules is
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");
const readline = require("node:readline");

const [file, folder] = process.argv.slice(2);
const from = createRequire(path.join(folder, "package.json"));
const tf = from("@tensorflow/tfjs");
const wasm = from("@tensorflow/tfjs-backend-wasm");
const faceapi = from("@vladmandic/face-api/dist/face-api.node-wasm.js");

const LONG_ENOUGH = 100; // milliseconds; see serve.py
const MOST_LOOKS = 5;
const SHAPE = [1080, 1920, 3];

const say = (answer) => fs.writeSync(1, JSON.stringify(answer) + "\n");
const median = (numbers) => {
  const ordered = numbers.slice().sort((a, b) => a - b);
  const half = ordered.length >> 1;
  return ordered.length % 2 ? ordered[half] : (ordered[half - 1] + ordered[half]) / 2;
};
const peak = () => Number(fs.readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s+(\d+) kB/)[1]) * 1024;

async function prepare() {
  wasm.setWasmPaths(path.join(folder, "node_modules/@tensorflow/tfjs-backend-wasm/dist/"));
  wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  const models = path.join(folder, "node_modules/@vladmandic/face-api/model");
  await faceapi.nets.ssdMobilenetv1.loadFromDisk(models);
  await faceapi.nets.faceLandmark68Net.loadFromDisk(models);
  await faceapi.nets.faceRecognitionNet.loadFromDisk(models);
}

async function look(frame, longEnough) {
  const tensor = tf.tensor3d(frame, SHAPE, "int32");
  const seconds = [];
  const cpu = [];
  const begun = performance.now();
  let found;
  do {
    const start = performance.now();
    const before = process.cpuUsage();
    found = await faceapi.detectAllFaces(tensor).withFaceLandmarks().withFaceDescriptors();
    const used = process.cpuUsage(before);
    cpu.push((used.user + used.system) / 1e6);
    seconds.push((performance.now() - start) / 1e3);
  } while (seconds.length < MOST_LOOKS && performance.now() - begun <= longEnough);
  tensor.dispose();
  return {
    seconds: median(seconds),
    cpu: median(cpu),
    peak: peak(),
    found: found.map(({ detection: { box }, descriptor }) => ({
      box: [box.left, box.top, box.right, box.bottom],
      features: Array.from(descriptor),
    })),
  };
}

async function main() {
  await prepare();
  say({ ready: "face-api" });
  const frame = Buffer.alloc(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  for await (const order of readline.createInterface({ input: process.stdin })) {
    const opened = fs.openSync(file);
    const length = fs.readSync(opened, frame);
    fs.closeSync(opened);
    if (length !== frame.length) throw new Error(`${file} is not a frame of ${frame.length} bytes`);
    say(await look(frame, order === "time" ? LONG_ENOUGH : 0));
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
