import type { Node } from '../node.js';
import type { Findings } from '../finding.js';

const parsers = ['/sbin/apparmor_parser', '/usr/sbin/apparmor_parser'];

/** AppArmor, whose default profile Slipway loads by apparmor_parser, and SELinux, which it only hands on. */
export function checkSecurityModules({ root }: Node, findings: Findings): void {
  const enabled = root.line('/sys/module/apparmor/parameters/enabled');
  if (enabled === 'Y') {
    if (parsers.some((path) => root.isExecutable(path)))
      findings.ok('AppArmor is enabled, and apparmor_parser is there');
    else
      findings.problem(
        'AppArmor is enabled, and apparmor_parser is not installed',
        "the default profile cannot be loaded: pods run unconfined that another runtime's default would hold",
        "install Debian's apparmor",
      );
  } else if (root.exists('/sys/module') || enabled !== undefined) {
    findings.note('AppArmor is not enabled', 'pods that demand a profile of their own are refused');
  }
  const enforce = root.line('/sys/fs/selinux/enforce');
  if (enforce === '1') {
    findings.warning(
      'SELinux is enforcing',
      'Slipway hands the labels of pods on, and has not been tested on a host with a policy',
      'try a test node, and look for denials: ausearch -m avc',
    );
  } else if (enforce === '0') findings.note('SELinux is permissive', 'labels of pods are set, and nothing is denied');
}
