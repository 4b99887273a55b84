// A kubelet and critest on Debian 12.
import { conformance } from './conformance.js';
import { bookworm } from './recipe.js';

conformance('Debian 12, kernel 6.1, conformance', bookworm);
