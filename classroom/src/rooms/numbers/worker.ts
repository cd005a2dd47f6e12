/** The Worker of the room: a lesson, and the device that it runs on. */
import { expose } from 'comlink';
import { Desk } from './desk.ts';

expose(new Desk());
