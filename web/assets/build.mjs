// Builds web/static from this folder. The result is committed and must come out byte for byte the same on every machine.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import * as sass from 'sass';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(here, '..', 'static');
const FONTS = { 'FiraSans-Regular.woff2': 400, 'FiraSans-Italic.woff2': 400, 'FiraSans-Medium.woff2': 500, 'FiraSans-SemiBold.woff2': 600 };
const TARGETS = ['chrome109', 'firefox115', 'safari16.4'];

process.chdir(here);
rmSync(target, { recursive: true, force: true });
for (const folder of ['', 'fonts', 'icons']) mkdirSync(join(target, folder), { recursive: true });

for (const sheet of ['kern', 'app']) {
  const { css } = sass.compile(`scss/${sheet}.scss`, { style: 'expanded', charset: false, quietDeps: true, silenceDeprecations: ['if-function'] });
  await writeStyles(`${sheet}.css`, css);
}

const scripts = await esbuild.build({
  entryPoints: ['viewer.js', 'app.js', 'evening.js'],
  bundle: true, minify: true, format: 'esm', target: TARGETS, charset: 'utf8', legalComments: 'none',
  outdir: target, metafile: true, logLevel: 'warning',
});
const sheets = await esbuild.build({
  entryPoints: ['viewer.css'], bundle: true, write: false, outdir: target, metafile: true, logLevel: 'warning',
});
await writeStyles('viewer.css', sheets.outputFiles[0].text);

for (const font of Object.keys(FONTS)) {
  copyFileSync(`node_modules/@kern-ux/native/dist/fonts/fira-sans/${font}`, join(target, 'fonts', font));
}
copyFileSync('favicon.svg', join(target, 'favicon.svg'));
writeFileSync(join(target, 'THIRD-PARTY.txt'), notices([scripts.metafile, sheets.metafile]));

/** Minify a style sheet, take its pictures out into files and write it: the pages' policy allows no `data:` pictures. */
async function writeStyles(name, css) {
  const outside = takeOutPictures(css);
  if (outside.includes('data:')) throw new Error(`${name}: a data: address is left`);
  const { code } = await esbuild.transform(outside, { loader: 'css', minify: true, target: TARGETS, legalComments: 'none' });
  const origin = name === 'kern.css' ? '/* KERN UX 2.7.2, EUPL-1.2: changed, see web/assets. Notices: THIRD-PARTY.txt */\n' : '';
  writeFileSync(join(target, name), origin + code);
}

/** Write every embedded SVG to icons/, named by the class that shows it or else by its content; the same picture only once. */
function takeOutPictures(css) {
  const known = new Map();
  let shownBy = '';
  return css.replace(/\.kern-icon--([\w-]+)|url\((["'])(data:image\/svg\+xml[^]*?)\2\)/g, (whole, icon, quote, address) => {
    if (icon) { shownBy = icon; return whole; }
    const svg = decodeURIComponent(address.slice(address.indexOf(',') + 1)).replaceAll(' height=\'\'', '').replaceAll(' width=\'\'', '');
    const digest = createHash('sha256').update(svg).digest('hex').slice(0, 8);
    if (!known.has(digest)) {
      const wanted = `${shownBy || 'picture'}.svg`;
      const file = existsSync(join(target, 'icons', wanted)) ? `${digest}.svg` : wanted;
      known.set(digest, file);
      writeFileSync(join(target, 'icons', file), svg + '\n');
    }
    return `url("icons/${known.get(digest)}")`;
  });
}

/** The licence notices of everything that ends up in web/static, read from the builds and not from a list kept by hand. */
function notices(metafiles) {
  const folders = new Set(['node_modules/@kern-ux/native']);
  for (const metafile of metafiles) {
    for (const input of Object.keys(metafile.inputs)) {
      const found = input.match(/^(?:.*node_modules\/)(?:@[^/]+\/)?[^/]+/);
      if (found) folders.add(found[0]);
    }
  }
  const parts = [...folders].sort().map(noticeOf);
  const texts = readdirSync('licences').sort().map((file) => `${heading(file.replace(/\.txt$/, ''))}\n${readFileSync(`licences/${file}`, 'utf8').trim()}\n`);
  return [
    'The files in this folder hold work of others. Each part below names one, its licence and its notice.',
    'bpmn-js and diagram parts of bpmn.io: the watermark in diagrams must stay visible.',
    '', ...parts, ...texts,
  ].join('\n');
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).sort().find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file ? readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim() : `The package carries no licence file; its package.json says: ${license}.`;
  return `${heading(`${name} ${version} (${license})`)}\n${text}\n`;
}

function heading(text) {
  return `${'='.repeat(72)}\n${text}\n${'='.repeat(72)}`;
}
