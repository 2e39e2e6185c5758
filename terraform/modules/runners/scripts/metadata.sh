# The metadata server hands out this machine's identity. What is forwarded to it comes from a container, on whatever bridge: processes of the
# machine itself do not pass here. `raw` comes before everything that Docker writes.
set -euo pipefail
iptables -w -t raw -C PREROUTING -d 169.254.169.254/32 -j DROP 2>/dev/null \
  || iptables -w -t raw -I PREROUTING -d 169.254.169.254/32 -j DROP
ip6tables -w -t raw -C PREROUTING -d fd20:ce::254/128 -j DROP 2>/dev/null \
  || ip6tables -w -t raw -I PREROUTING -d fd20:ce::254/128 -j DROP
# This system lets in nothing but SSH by itself. Who may ask is the network's decision.
iptables -w -C INPUT -p tcp --dport ${port} -j ACCEPT 2>/dev/null || iptables -w -A INPUT -p tcp --dport ${port} -j ACCEPT
