// Checks an AsyncAPI document with the official parser, and renders it with the ordinary generator: one HTML page.
// node page.mjs <folder with node_modules> <document> <folder for the page>
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages, document, out] = process.argv.slice(2);
const require = createRequire(path.join(packages, 'package.json'));
const load = async (name) => import(pathToFileURL(require.resolve(name)));
const WARNING = 1; // 0 is an error; what is above are hints

const { Parser } = await load('@asyncapi/parser');
const parsed = await new Parser().parse(fs.readFileSync(document, 'utf8'));
const wrong = parsed.diagnostics.filter((found) => found.severity <= WARNING);
for (const found of wrong) console.error(`contract: ${found.path.join('.')}: ${found.message}`);
if (wrong.length || !parsed.document) process.exit(1);
const operations = parsed.document.operations().all();
console.log(`contract: valid AsyncAPI ${parsed.document.version()}, ${operations.length} operations`);

console.log = () => {}; // the template's compiler remarks on its own size
console.error = () => {};
const { default: Generator } = await load('@asyncapi/generator');
const template = path.dirname(require.resolve('@asyncapi/html-template/package.json'));
const config = { show: { sidebar: true, errors: false }, sidebar: { showOperations: 'byOperationsTags' } };
const generator = new (Generator.default ?? Generator)(template, out, {
    forceWrite: true,
    install: false,
    templateParams: { singleFile: 'true', config: JSON.stringify(config) },
});
await generator.generateFromString(fs.readFileSync(document, 'utf8'));

// The template's typography sets back-ticks around code that is set as code already.
const page = path.join(out, 'index.html');
const style = '<style>.prose code::before, .prose code::after { content: none !important }</style>';
fs.writeFileSync(page, fs.readFileSync(page, 'utf8').replace('</head>', `${style}</head>`));
