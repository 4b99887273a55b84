// A kubelet and critest on Debian 13.
import { conformance } from './conformance.js';
import { trixie } from './recipe.js';

conformance('Debian 13, kernel 6.1, conformance', trixie);
