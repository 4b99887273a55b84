import type { Component } from './components.js';

/** The file /usr/share/doc/slipway/copyright: our licence, and that of each component with its text, once a text. */
export function copyrightFile(components: readonly Component[]): string {
  const byText = new Map<string, { text: string; names: string[] }>();
  for (const component of components) {
    const key = component.text.replace(/\s+/g, ' ');
    const { name, version, license, path } = component;
    const same = byText.get(key) ?? { text: component.text.replace(wholeApache, apache), names: [] };
    same.names.push(`${name} ${version} (${license}), ${path ?? 'in the bundles'}`);
    byText.set(key, same);
  }
  const parts = [...byText.values()].map(({ text, names }) => `${line}\n${names.join('\n')}\n\n${text}\n`);
  return `Slipway: a Kubernetes container runtime whose stages are separate processes.
Copyright: the authors of Slipway

Licensed under the Apache License, Version 2.0. On Debian systems its text is in
/usr/share/common-licenses/Apache-2.0.

This package carries parts of the following, each under its own licence.

${parts.join('\n')}`;
}

const line = '-'.repeat(80);
/** Debian has this text on every system, and wants it to be named and not repeated (Debian policy 12.5). */
const wholeApache = /[^\n]*Apache License\s+Version 2\.0, January 2004[^]*?END OF TERMS AND CONDITIONS/g;
const apache = 'Apache License, Version 2.0: see /usr/share/common-licenses/Apache-2.0.';
