import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a layer can hold that an unpacker gets wrong. Runs in the directory that becomes the first layer. */
const contents = `
set -e
umask 022
mkdir -p bin dev dir/sub opaque/below gone times sticky setgid etc
cp /bin/busybox bin/busybox
for name in sh rm mkdir echo ln chmod mv touch; do ln bin/busybox bin/$name; done
echo one > file; ln file hard; ln file dir/hard
ln -s ../file dir/link; ln -s /absolute/nowhere dangling; ln -s "$(printf 'x%.0s' $(seq 200))" long-link
install -m 4755 /bin/true setuid; install -m 2755 /bin/true dir/setgid-file; chmod 1777 sticky; chmod 2775 setgid
mknod dev/null-ish c 1 3; mknod dev/disk b 7 200; mkfifo dir/fifo
chown 1234:4321 dir; chown -h 7:8 dir/link; chmod 000 dir/hard
echo capable > capable; chmod 755 capable; setcap cap_net_raw,cap_net_bind_service+ep capable
setfattr -n user.comment -v 'two words' file || true
long=$(printf 'deep-directory-%.0s' $(seq 14)); mkdir -p "$long/$long"
echo long > "$long/$long/$(printf 'n%.0s' $(seq 240))"
touch "$(printf 'caf\\303\\251 \\001 name')"
truncate -s 8M sparse; printf data | dd of=sparse bs=1 seek=4000000 conv=notrunc status=none
echo hidden > opaque/hidden; echo deep > opaque/below/deep; echo gone > gone/file; echo removed > removed
: > empty
touch -d '2001-02-03 04:05:06.789012345' times/nanoseconds; touch -d '1969-12-31 23:59:58' times/before-1970
touch -d '2040-01-01 00:00:00.5' times/after-2038; touch -h -d '2002-02-02 02:02:02.25' dangling
touch -d '2003-03-03 03:03:03.125' times
`;

/** Later layers: whiteouts, opaque directories, a file that becomes a directory and back, layers without content. */
const containerfile = `FROM scratch
ADD rootfs.tar /
LABEL empty=layer
RUN rm -rf /removed /gone && mkdir /gone && echo new > /gone/new && rm -rf /opaque && mkdir /opaque && echo shown > /opaque/shown
RUN rm /file && mkdir /file && echo inside > /file/inside && chmod 700 /dir
RUN rm -rf /file && echo again > /file && ln /file /again && mv /hard /moved && touch -d '2004-04-04 04:04:04' /dir/sub
RUN echo same > /same
RUN echo same > /same
ENV ANOTHER=empty
WORKDIR /made/by/workdir
CMD ["/bin/sh"]
`;

/** Writes a build's context and answers the Containerfile's path. */
export function writeContext(directory: string): string {
  const root = join(directory, 'rootfs');
  mkdirSync(root, { recursive: true });
  execFileSync('bash', ['-c', contents], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const tar = ['--format=pax', '--xattrs', '--xattrs-include=*', '--numeric-owner', '-S', '-C', root, '-cf'];
  const context = join(directory, 'context');
  mkdirSync(context);
  execFileSync('tar', [...tar, join(context, 'rootfs.tar'), '.']);
  const file = join(context, 'Dockerfile');
  writeFileSync(file, containerfile);
  copyFileSync(file, join(context, 'Containerfile'));
  return file;
}
