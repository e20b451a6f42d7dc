#!/bin/sh
# What the device does after power on.
cd /etc/uci-defaults && for script in *; do
  # A script that succeeds is not run again.
  [ -f "$script" ] && ( . "./$script" ) && rm -f "$script"
done
uci commit
for service in log system network firewall dnsmasq rpcd dropbear; do
  "/etc/init.d/$service" start
done
