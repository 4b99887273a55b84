import type { CgroupFiles } from './files.js';

/** Traffic between a cgroup, its descendants included, and a block device. */
export interface BlockDeviceFigures {
  major: number;
  minor: number;
  readBytes: bigint;
  writeBytes: bigint;
  reads: bigint;
  writes: bigint;
}

type Counter = 'readBytes' | 'writeBytes' | 'reads' | 'writes';

/** `8:0 Read 4096` a line; the throttling policy's counters see every device, those of a scheduler only its own. */
export function blockDevicesV1(files: CgroupFiles): BlockDeviceFigures[] {
  const devices = new Map<string, BlockDeviceFigures>();
  const add = (file: string, read: Counter, write: Counter): void => {
    const text = files.text(`${file}_recursive`) ?? files.text(file) ?? '';
    for (const [, device = '', operation, value = '0'] of text.matchAll(/^(\d+:\d+) (Read|Write) (\d+)$/gm)) {
      figuresOf(devices, device)[operation === 'Read' ? read : write] = BigInt(value);
    }
  };
  add('blkio.throttle.io_service_bytes', 'readBytes', 'writeBytes');
  add('blkio.throttle.io_serviced', 'reads', 'writes');
  return [...devices.values()];
}

const v2Names: Record<string, Counter> = { rbytes: 'readBytes', wbytes: 'writeBytes', rios: 'reads', wios: 'writes' };

/** `8:0 rbytes=4096 wbytes=0 rios=1 wios=0 dbytes=0 dios=0` a line of io.stat. */
export function blockDevicesV2(files: CgroupFiles): BlockDeviceFigures[] {
  const devices = new Map<string, BlockDeviceFigures>();
  for (const [, device = '', pairs = ''] of (files.text('io.stat') ?? '').matchAll(/^(\d+:\d+) (.*)$/gm)) {
    const figures = figuresOf(devices, device);
    for (const [, key = '', value = '0'] of pairs.matchAll(/(\w+)=(\d+)/g)) {
      const counter = v2Names[key];
      if (counter) figures[counter] = BigInt(value);
    }
  }
  return [...devices.values()];
}

function figuresOf(devices: Map<string, BlockDeviceFigures>, device: string): BlockDeviceFigures {
  const known = devices.get(device);
  if (known) return known;
  const [major = 0, minor = 0] = device.split(':').map(Number);
  const figures = { major, minor, readBytes: 0n, writeBytes: 0n, reads: 0n, writes: 0n };
  devices.set(device, figures);
  return figures;
}
