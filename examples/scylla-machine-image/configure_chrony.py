#!/usr/bin/python3
"""In place of configure_chrony() in packer/scylla_install_image of scylla-machine-image.

    configure_chrony.py                   for every cloud: one image, whose first boot writes chrony.conf
    configure_chrony.py --platform aws    for --target-cloud aws: the first boot has nothing left to do

What an earlier build of that script left in the tree (chrony.conf, the drop-in, 99-disable-ntp.cfg, the udev rule) may
stay: `apply` replaces what is wrong in it.
"""

import argparse
import subprocess
import tempfile


def configure_chrony(target_cloud=None, root="/"):
    """Prepare the tree below root; with target_cloud (aws, gce, azure, oci) for that cloud only."""
    told = ["--platform", target_cloud] if target_cloud else []
    if root != "/":
        subprocess.run(["cloud-timesync", "apply", "--root", root, *told], check=True)
        return
    # The machine that builds is no image: by another name / is one, without its firmware, devices and systemd.
    with tempfile.TemporaryDirectory(dir="/run") as image:
        subprocess.run(["mount", "--bind", "/", image], check=True)
        try:
            configure_chrony(target_cloud, image)
        finally:
            subprocess.run(["umount", image], check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", choices=["aws", "gce", "azure", "oci"])
    parser.add_argument("--root", default="/")
    arguments = parser.parse_args()
    configure_chrony(arguments.platform, arguments.root)
