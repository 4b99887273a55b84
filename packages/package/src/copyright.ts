import type { Component } from './components.js';

/** The file /usr/share/doc/slipway/copyright: our licence, and that of each component with its text, once a text. */
export function copyrightFile(components: readonly Component[]): string {
  const byText = new Map<string, Component[]>();
  for (const component of components) {
    const key = component.text.replace(/\s+/g, ' ');
    byText.set(key, [...(byText.get(key) ?? []), component]);
  }
  const parts = [...byText.values()].map((same) => {
    const names = same.map(
      ({ name, version, license, path }) => `${name} ${version} (${license}), ${path ?? 'in the bundles'}`,
    );
    const [{ text = '' } = {}] = same;
    return `${line}\n${names.join('\n')}\n\n${text}\n`;
  });
  return `Slipway: a Kubernetes container runtime whose stages are separate processes.
Copyright: the authors of Slipway

Licensed under the Apache License, Version 2.0. On Debian systems its text is in
/usr/share/common-licenses/Apache-2.0.

This package carries parts of the following, each under its own licence.

${parts.join('\n')}`;
}

const line = '-'.repeat(80);
