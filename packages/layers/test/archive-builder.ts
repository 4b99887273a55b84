import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface Member {
  name: string;
  type?: string;
  link?: string;
  data?: Buffer | string;
  mode?: number;
  uid?: number;
  gid?: number;
  mtime?: number;
  /** Overrides only the size field. */
  size?: number;
  major?: number;
  minor?: number;
  magic?: string;
  pax?: Record<string, Buffer | string>;
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}

/** A header block with a correct checksum; names are byte strings. */
export function header(member: Member): Buffer {
  const block = Buffer.alloc(512);
  const data = Buffer.from(member.data ?? '');
  block.write(member.name.slice(0, 100), 0, 'latin1');
  block.write(octal(member.mode ?? 0o644, 8), 100, 'latin1');
  block.write(octal(member.uid ?? 0, 8), 108, 'latin1');
  block.write(octal(member.gid ?? 0, 8), 116, 'latin1');
  block.write(octal(member.size ?? data.length, 12), 124, 'latin1');
  block.write(octal(member.mtime ?? 1_600_000_000, 12), 136, 'latin1');
  block.write(member.type ?? '0', 156, 'latin1');
  block.write((member.link ?? '').slice(0, 100), 157, 'latin1');
  block.write(member.magic ?? 'ustar\x0000', 257, 'latin1');
  block.write(octal(member.major ?? 0, 8), 329, 'latin1');
  block.write(octal(member.minor ?? 0, 8), 337, 'latin1');
  return checksummed(block);
}

export function checksummed(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

export function padded(data: Buffer): Buffer {
  return Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

export function paxRecords(records: Record<string, Buffer | string>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
      let length = body.length + 1;
      while (String(length).length + body.length !== length) length = String(length).length + body.length;
      return Buffer.concat([Buffer.from(String(length)), body]);
    }),
  );
}

export function member(member: Member): Buffer {
  const parts: Buffer[] = [];
  if (member.pax) {
    const records = paxRecords(member.pax);
    parts.push(header({ name: 'pax', type: 'x', data: records }), padded(records));
  }
  const data = Buffer.from(member.data ?? '');
  parts.push(header(member), padded(data));
  return Buffer.concat(parts);
}

/** A whole archive with its end mark. */
export function archive(...members: (Member | Buffer)[]): Buffer {
  const parts = members.map((part) => (Buffer.isBuffer(part) ? part : member(part)));
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

export function diffIDOf(tar: Buffer): string {
  return `sha256:${createHash('sha256').update(tar).digest('hex')}`;
}

/** A directory of the test's own that goes with it. */
export function temporary(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'slipway-layers-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root: owners, devices, trusted xattrs' };
