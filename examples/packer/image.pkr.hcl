# One image for every cloud, made on a machine of any of them. The block belongs into a template with sources of its own.
build {
  provisioner "file" {
    source      = "dist/cloud-timesync_amd64.deb"
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
