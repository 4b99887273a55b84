import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clone } from './run.js';

/** Something of others that a package carries. */
export interface Component {
  name: string;
  version: string;
  /** An SPDX expression. */
  license: string;
  /** The text of its licence file, or of the usual text of its licence where it has none. */
  text: string;
  /** Where it lies in the package; undefined: within the bundles. */
  path?: string;
}

/** Parts of the tree that the build bundles: the command, the demo, and each service. */
export function bundledParts(): string[] {
  return [
    'packages/cli',
    'packages/testbed',
    ...readdirSync(join(clone, 'services')).map((name) => `services/${name}`),
  ];
}

/** The npm packages of which something is in the bundles, by the build's own lists, in order of their names. */
export function bundledComponents(): Component[] {
  const directories = new Set<string>();
  for (const part of bundledParts()) {
    const { inputs } = JSON.parse(readFileSync(join(clone, part, 'dist/bundle.json'), 'utf8')) as { inputs: string[] };
    for (const input of inputs) {
      const directory = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
      if (directory !== undefined) directories.add(directory);
    }
  }
  const found = new Map<string, Component>();
  for (const directory of directories) {
    const component = readComponent(join(clone, directory));
    found.set(`${component.name}@${component.version}`, component);
  }
  return [...found.values()].sort((a, b) => compare(`${a.name}@${a.version}`, `${b.name}@${b.version}`));
}

/** The manifest of an unpacked npm package. */
export function readComponent(directory: string, path?: string): Component {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license } = manifest;
  if (typeof license !== 'string') throw new Error(`${directory}/package.json names no licence`);
  const text = licenseText(directory) ?? usualText(manifest);
  return { name, version, license: license.replace(/^\((.*)\)$/, '$1'), text, ...(path !== undefined && { path }) };
}

interface Manifest {
  name: string;
  version: string;
  license?: unknown;
  author?: string | { name: string };
}

/** The text of the licence files of a directory, undefined where there are none. */
export function licenseText(directory: string): string | undefined {
  const names = existsSync(directory) ? readdirSync(directory).sort() : [];
  const files = names.filter((name) => /^(licen[sc]e|copying|notice)\b/i.test(name));
  if (files.length === 0) return undefined;
  return files.map((name) => readFileSync(join(directory, name), 'utf8').replaceAll('\r', '').trim()).join('\n\n');
}

/** Some packages name their licence only in package.json. */
function usualText({ name, license, author }: Manifest): string {
  if (license === 'Apache-2.0') return 'See /usr/share/common-licenses/Apache-2.0.';
  const holder = typeof author === 'object' ? author.name : author;
  if (license === 'MIT' && holder !== undefined) return `Copyright (c) ${holder}\n\n${mit}`;
  throw new Error(`${name} has no licence file, and the text of ${String(license)} is not known here`);
}

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** By code units: the same order on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
