/** The Worker of the room: a lesson, and the device that it runs on. */

import { serve } from '../../worker/serve.ts';
import { Desk } from './desk.ts';

serve(new Desk());
