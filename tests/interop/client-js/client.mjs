// A control room of somebody else's: mqtt.js, jose and ajv, the published contract, and nothing of Lamppost's.
// node client.mjs <folder with node_modules> <settings.json>
//
// Verifies the trust root, believes the device's key, asks for its status, waits for a hit and signs for it. Everything
// that comes, and everything that it sends, is held against the contract. Says what it saw as JSON; else exits with 1.
import { createHash, createPrivateKey, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, settingsFile] = process.argv.slice(2);
const require = createRequire(path.join(packages, 'package.json'));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const jose = await load('jose');
const mqtt = (await load('mqtt')).default;
const Ajv = (await load('ajv')).default;

const settings = JSON.parse(fs.readFileSync(settingsFile));
const contract = JSON.parse(fs.readFileSync(settings.contract));
const base = `lamppost/v1/${settings.site}/${settings.device}`;
const inbox = `${base}/reply/${settings.name}`;
const PATIENCE = 40000;

function fail(what) {
    console.error(`client: ${what}`);
    process.exit(1);
}
process.on('unhandledRejection', (error) => fail(error.stack ?? error));
const must = (holds, what) => holds || fail(what);

// The contract.

const ajv = new (Ajv.default ?? Ajv)({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'contract', components: contract.components });
const at = (pointer) => pointer.slice(2).split('/').reduce((found, part) => found[part], contract);
const hold = (name, value) => {
    const holds = ajv.getSchema(`contract#/components/schemas/${name}`);
    must(holds(value), `${name}: ${ajv.errorsText(holds.errors)}`);
};
const named = (schema) => schema.$ref.split('/').pop();
const escaped = (text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');

function declared(topic, contentType) {
    for (const [name, channel] of Object.entries(contract.channels)) {
        if (!new RegExp(`^${escaped(channel.address).replace(/\{\w+\}/g, '[^/]+')}$`).test(topic)) continue;
        for (const operation of Object.values(contract.operations)) {
            if (operation.channel.$ref !== `#/channels/${name}`) continue;
            const message = at(at(operation.messages[0].$ref).$ref);
            if (message.contentType === contentType) return { operation, message };
        }
    }
    return fail(`${topic} (${contentType}) is on no declared channel`);
}

function carried(topic, flags, properties, late) {
    const { operation, message } = declared(topic, properties.contentType);
    const said = operation.bindings.mqtt;
    must(flags.qos === said.qos && flags.retain === said.retain, `${topic}: QoS ${flags.qos}, retain ${flags.retain}`);
    const life = said.messageExpiryInterval;
    const expires = properties.messageExpiryInterval;
    const most = life?.maximum ?? life;
    const least = late ? 0 : (life?.minimum ?? life);
    must(life === undefined ? expires === undefined : expires >= least && expires <= most, `${topic}: ${expires} s`);
    return message;
}

// What is signed.

const raw = (text) => Buffer.from(text, 'base64url');
const canonical = (value) => {
    if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
};
const instant = (ms) => new Date(ms).toISOString().replace(/\.000Z$/, 'Z').replace(/\.(\d{3})Z$/, '.$1000Z');
const publicKey = (x) => jose.importJWK({ kty: 'OKP', crv: 'Ed25519', x }, 'Ed25519');

async function verified(signed, typ, key) {
    const { payload, protectedHeader } = await jose.generalVerify(signed, await publicKey(key), { algorithms: ['Ed25519'] });
    must(protectedHeader.typ === typ, `signed as ${protectedHeader.typ}, not ${typ}`);
    must(protectedHeader.kid === (await jose.calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x: key })), 'kid');
    const text = new TextDecoder().decode(payload);
    must(canonical(JSON.parse(text)) === text, `${typ} is not in canonical form`);
    return { document: JSON.parse(text), payload };
}

async function deviceKey(signed) {
    const root = JSON.parse(raw(signed.payload));
    hold('TrustRoot', root);
    let custodians = 0;
    for (const pinned of root.keys.filter((key) => key.role === 'custodian')) {
        custodians += await verified(signed, 'lamppost-trust-root', pinned.key).then(() => 1, () => 0);
    }
    must(custodians >= root.quorum, `${custodians} custodians signed the trust root`);
    return root.keys.find((key) => key.role === 'device').key;
}

const trusted = await deviceKey(JSON.parse(fs.readFileSync(settings.trustRoot)));

async function read(topic, bytes, packet) {
    const message = carried(topic, packet, packet.properties ?? {}, true);
    const event = JSON.parse(bytes);
    hold(named(message.payload), event);
    if (message.name === 'Lost') return { name: 'Lost' };
    const within = at(contract.components.schemas[named(message.payload)].properties.data.$ref);
    const { document, payload } = await verified(event.data, event.type.replace(/^io\.(.*)\.v1$/, '$1').replace('.', '-'), trusted);
    hold(named(within.properties.payload.contentSchema), document);
    return { name: message.name, document, payload };
}

async function order(client, verb, body, keyFile, state) {
    const now = Date.now();
    const heading = {
        id: randomUUID(), verb, site: settings.site, device: settings.device, epoch: state.epoch,
        issued: instant(now), expires: instant(now + 30000), counter: now * 1000,
    };
    const topic = `${base}/cmd/${verb}`;
    const key = createPrivateKey(fs.readFileSync(keyFile));
    const { x } = key.export({ format: 'jwk' });
    const kid = await jose.calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x });
    const document = { body, heading };
    const data = await new jose.GeneralSign(new TextEncoder().encode(canonical(document)))
        .addSignature(key).setProtectedHeader({ alg: 'Ed25519', kid, typ: 'lamppost-order' }).sign();
    const event = {
        specversion: '1.0', id: heading.id, source: '/another/control-room', type: 'io.lamppost.order.v1',
        time: heading.issued, datacontenttype: 'application/jose+json', data,
    };
    const properties = {
        contentType: contract.defaultContentType, messageExpiryInterval: 30, responseTopic: inbox,
        correlationData: Buffer.from(heading.id),
    };
    const flags = { qos: 1, retain: false };
    const message = carried(topic, flags, properties, false);
    hold(named(message.payload), event);
    hold(message.name, document);
    await client.publishAsync(topic, JSON.stringify(event), { ...flags, properties });
    return heading.id;
}

// The conversation.

const client = mqtt.connect({
    protocol: 'mqtts', host: settings.host, port: settings.port, protocolVersion: 5, clientId: settings.name,
    ca: fs.readFileSync(settings.ca), cert: fs.readFileSync(settings.certificate), key: fs.readFileSync(settings.key),
    minVersion: 'TLSv1.3', reconnectPeriod: 0,
});
client.on('error', (error) => fail(error.message));
setTimeout(() => fail(`nothing more came: ${JSON.stringify(seen)}`), PATIENCE).unref();

const seen = { state: 0, health: 0, status: null, hit: null, acknowledged: null };
const asked = {};

async function taken({ name, document, payload }, packet) {
    if (name === 'State') {
        seen.state += 1;
        if (!asked.status) {
            asked.status = 'on its way';
            asked.status = await order(client, 'status', {}, settings.operatorKey, document);
        }
        asked.state = document;
    } else if (name === 'Health') {
        seen.health += 1;
    } else if (name === 'Hit' && !asked.ack) {
        asked.ack = 'on its way';
        seen.hit = { id: document.id, sequence: document.sequence };
        const body = { ...{ hit: document.id, sequence: document.sequence }, digest: createHash('sha256').update(payload).digest('hex') };
        asked.ack = await order(client, 'ack', body, settings.recipientKey, asked.state);
    } else if (name === 'Reply') {
        must(packet.properties.correlationData.toString() === document.order, 'the correlation data is another order’s');
        if (document.order === asked.status) seen.status = document.facts;
        if (document.order === asked.ack) seen.acknowledged = document.answer;
    }
    if (seen.state && seen.health && seen.status && seen.acknowledged) {
        console.log(JSON.stringify(seen));
        client.end(false, () => process.exit(0));
    }
}

let before = Promise.resolve();
client.on('message', (topic, bytes, packet) => {
    before = before.then(async () => taken(await read(topic, bytes, packet), packet));
});
const topics = ['state', 'health', 'hit'].map((part) => `${base}/${part}`);
await client.subscribeAsync([...topics, inbox], { qos: 2, rap: true });
