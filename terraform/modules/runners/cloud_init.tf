# What a machine does when it starts. The units are files of their own, so that they can be read, and tested, as what they are.

locals {
  units = {
    "berth-metadata.service" = file("${path.module}/units/berth-metadata.service")
    "berth-images.service"   = file("${path.module}/units/berth-images.service")
    "berth-gateway.service" = templatefile("${path.module}/units/berth-gateway.service", {
      image = var.images.gateway
    })
    "berth-runner.service" = templatefile("${path.module}/units/berth-runner.service", {
      image = var.images.runner
      grace = var.grace_seconds
    })
  }

  # Values may not hold a line break; Docker reads everything after the first = as it stands.
  environment = {
    for role, variables in { runner = var.runner_environment, gateway = var.gateway_environment } :
    role => join("", [for name, value in variables : "${name}=${value}\n"])
  }

  cloud_init = join("\n", ["#cloud-config", yamlencode({
    write_files = concat(
      [for name, text in local.units : {
        path        = "/etc/systemd/system/${name}"
        permissions = "0644"
        content     = text
      }],
      [for role, text in local.environment : {
        path        = "/etc/berth/${role}.env"
        permissions = "0600"
        content     = text
      }],
      [
        {
          path        = "/etc/berth/images"
          permissions = "0644"
          content     = "${join("\n", [var.images.runner, var.images.gateway, var.images.workspace])}\n"
        },
        {
          path        = "/etc/berth/images.sh"
          permissions = "0644"
          content     = templatefile("${path.module}/scripts/images.sh", { registry = split("/", var.images.runner)[0] })
        },
        {
          path        = "/etc/berth/metadata.sh"
          permissions = "0644"
          content     = templatefile("${path.module}/scripts/metadata.sh", { port = var.port })
        },
      ],
    )
    runcmd = [
      ["install", "-d", "-m", "0711", "/var/lib/berth"],
      ["install", "-d", "-m", "0770", "-o", "10001", "-g", "10001", "/var/lib/berth/data"],
      ["systemctl", "daemon-reload"],
      ["systemctl", "start", "berth-metadata.service", "berth-images.service"],
      ["systemctl", "start", "berth-gateway.service", "berth-runner.service"],
    ]
  })])
}
