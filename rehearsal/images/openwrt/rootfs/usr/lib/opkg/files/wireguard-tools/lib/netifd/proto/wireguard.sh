#!/bin/sh
# That there is a protocol of this name is all that the simulated netifd wants to know.
