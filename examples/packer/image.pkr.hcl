# One image for every cloud, made on a machine of any of them. The blocks belong into a template with sources of its own.
variable "package" {
  description = "What make deb built: dist/cloud-timesync_VERSION_amd64.deb, or _arm64.deb for such machines."
  type        = string
}

build {
  provisioner "file" {
    source      = var.package
    destination = "/tmp/cloud-timesync.deb"
  }

  provisioner "shell" {
    execute_command = "sudo sh -eu {{ .Path }}"
    inline = [
      "apt-get install --yes chrony /tmp/cloud-timesync.deb",
      "rm /tmp/cloud-timesync.deb",
      # By another name / is an image: without the firmware, the devices and the systemd of the machine that builds it.
      "mkdir /run/image",
      "mount --bind / /run/image",
      "cloud-timesync apply --root /run/image",
      "cloud-timesync plan --root /run/image --exit-code",
      "umount /run/image",
      "rmdir /run/image",
    ]
  }
}
